"""Runs as pages show them: while they go on, and choices among their solutions.

Covers visualprm_ui/use_cases/run_progress.py.
"""

import pytest

from engine.cli.solve import Outcome
from engine.domain import (
    Aggregation,
    FinishReason,
    Problem,
    Run,
    RunRecord,
    RunState,
    Sampling,
    Scoring,
    Solution,
    StepScore,
)
from engine.events import Queued, RunStarted, SolutionFinished, SolutionScored, StepFinished, StepScored, TextAdded
from visualprm_ui.use_cases.run_progress import apply_event, restore_progress, start_progress
from visualprm_ui.use_cases.run_view import as_run_view

STOP, LENGTH, CANCELLED = FinishReason
RECORD = RunRecord(
    policy_model="p",
    policy_revision="1",
    reward_model="r",
    reward_model_revision="1",
    dtype="float32",
    device="cpu",
    prompt_version="1",
    tiles=(1,),
    versions={},
)


def started(n=2, answer="55", question="What is it?"):
    problem = Problem(question=question, answer=answer, images=("ab",))
    return start_progress(Run(problem_id=problem.id, sampling=Sampling(n=n)), problem)


def solution(draw, answer, steps=("One.", "Two."), finish=FinishReason.STOP):
    return Solution(
        problem_id="x", draw=draw, steps=steps, answer=answer, finish=finish, policy_model="p", tokens=10, id=f"s{draw}"
    )


def scoring(draw, *scores):
    steps = tuple(StepScore(first=i, last=i, score=score) for i, score in enumerate(scores))
    return SolutionScored(
        draw=draw, scoring=Scoring(id=f"c{draw}", solution_id=f"s{draw}", reward_model="r", step_scores=steps)
    )


def test_a_waiting_run_says_how_many_are_before_it():
    progress = started()
    apply_event(progress, Queued(ahead=3))
    view = as_run_view(progress)
    assert (view["state"], view["ahead"]) == ("queued", 3)
    apply_event(progress, RunStarted(record=RECORD, notice=None))
    assert as_run_view(progress)["state"] == "running"


def test_equal_solutions_name_the_first_of_them_and_all_of_them_vote():
    """64 solutions of which 48 are word for word equal were 64 cards and 64 tasks."""
    run = Run(problem_id="x", sampling=Sampling(n=5), state=RunState.DONE)
    problem = Problem(question="What?", answer="5", images=())
    texts = [("One.",), ("Two.",), ("One.",), ("One.",), ("One.",)]
    ends = [STOP, STOP, STOP, LENGTH, CANCELLED]
    solutions = [solution(draw, "5", text, end) for draw, (text, end) in enumerate(zip(texts, ends, strict=True))]
    view = as_run_view(restore_progress(run, problem, solutions, []))
    assert [card["same_as"] for card in view["cards"]] == [None, None, 0, None, None]
    assert view["majority"]["count"] == 3


def test_text_grows_until_its_step_is_complete_and_a_score_is_never_zero_before_it_is_known():
    progress = started()
    apply_event(progress, RunStarted(record=RECORD, notice=None))
    apply_event(progress, TextAdded(draw=0, text="On"))
    apply_event(progress, TextAdded(draw=0, text="e."))
    card = as_run_view(progress)["cards"][0]
    assert (card["state"], card["open"], card["steps"]) == ("writing", "One.", [])
    apply_event(progress, StepFinished(draw=0, index=0, text="One."))
    card = as_run_view(progress)["cards"][0]
    assert (card["open"], card["steps"]) == (
        "",
        [{"text": "One.", "score": None, "calibrated": None, "predicted": None, "merged": None, "check": None}],
    )
    apply_event(progress, StepScored(draw=0, step_score=StepScore(first=0, last=0, score=0.9)))
    card = as_run_view(progress)["cards"][0]
    assert card["steps"][0]["score"] == 0.9
    assert card["scores"] is None, "a solution that is still being written has no solution score"


def test_text_behind_the_end_of_a_step_is_not_lost():
    """A chunk may hold the end of one step and the start of the next; the start once vanished from the page."""
    progress = started()
    apply_event(progress, TextAdded(draw=0, text="One.\n\nTwo"))
    apply_event(progress, StepFinished(draw=0, index=0, text="One."))
    assert as_run_view(progress)["cards"][0]["open"] == "Two"


def test_half_a_solution_never_wins():
    progress = started()
    apply_event(progress, SolutionFinished(solution=solution(0, "55")))
    apply_event(progress, SolutionFinished(solution=solution(1, None, finish=FinishReason.CANCELLED)))
    apply_event(progress, scoring(0, 0.2, 0.2))
    apply_event(progress, scoring(1, 0.9, 0.9))
    assert as_run_view(progress)["ranking"]["mean"] == [0]
    card = as_run_view(progress)["cards"][1]
    assert (card["steps"][0]["score"], card["scores"]["mean"]) == (0.9, 0.9), "it keeps its score"


def test_steps_carry_what_their_scores_predict():
    progress = started(n=1)
    apply_event(progress, SolutionFinished(solution=solution(0, "55", steps=("a", "b", "c", "d"))))
    apply_event(progress, scoring(0, 0.51, 0.5, 0.2))
    assert [step["predicted"] for step in as_run_view(progress)["cards"][0]["steps"]] == [1, -1, -1, None]


CHOICES = {
    "votes and scores differ": [("7", STOP, (0.9, 0.9)), ("8", STOP, (0.2, 0.2)), ("8", STOP, (0.3, 0.1))],
    "a tied vote": [("7", STOP, (0.1, 0.9)), ("8", STOP, (0.6, 0.6))],
    "equal scores": [("1", STOP, (0.5, 0.5)), ("2", STOP, (0.5, 0.5)), ("2", STOP, (0.4, 0.6))],
    "the best is cut off": [("8", LENGTH, (0.9, 0.9)), ("8", LENGTH, (0.8, 0.9)), ("5", STOP, (0.1, 0.2))],
    "one is stopped": [("8", CANCELLED, (0.9,)), ("5", STOP, (0.1, 0.2))],
    "one is scored in part": [("8", STOP, (0.9,)), ("5", STOP, (0.1, 0.2))],
    "all are cut off": [("8", LENGTH, (0.9, 0.9)), ("8", CANCELLED, (0.9,))],
    "none is scored": [("8", STOP, ()), ("9", STOP, ()), ("9", STOP, ())],
    "none has an answer": [(None, STOP, (0.9, 0.9)), (None, STOP, (0.8, 0.9))],
    "nothing": [],
}


@pytest.mark.parametrize("how", list(Aggregation))
@pytest.mark.parametrize("case", CHOICES)
def test_the_page_and_the_command_choose_alike(case, how):
    progress = started(n=len(CHOICES[case]))
    command = Outcome(how, progress.problem.question)
    for draw, (answer, finish, scores) in enumerate(CHOICES[case]):
        events = [SolutionFinished(solution=solution(draw, answer, finish=finish))]
        events += [scoring(draw, *scores)] if scores else []
        for event in events:
            apply_event(progress, event)
            command.add(event)
    page, printed = as_run_view(progress), command.as_json()
    picks = [progress.cards[draw].solution.id for draw in page["ranking"][how][:1]]
    assert [printed["best"]] == (picks or [None])
    majority = page["majority"] or {"text": None, "tied": False}
    assert (printed["majority"], printed["tied"]) == (majority["text"], majority["tied"])
    assert [each["answer"] for each in printed["solutions"]] == [card["answer"] for card in page["cards"]]
    on_page = [card["scores"] and card["scores"][how] for card in page["cards"]]
    assert [each["score"] for each in printed["solutions"]] == on_page
    ends = [finish for _answer, finish, _scores in CHOICES[case]]
    assert printed["best"] is None or ends[int(printed["best"].removeprefix("s"))] is STOP


def test_a_cut_off_solution_states_no_answer_and_counts_as_wrong():
    """ "Final answer: 8" cut from 80 voted, and was marked as right where the reference was 8."""
    progress = started(n=1, answer="8")
    apply_event(progress, SolutionFinished(solution=solution(0, "8", finish=LENGTH)))
    view = as_run_view(progress)
    card = view["cards"][0]
    assert (card["answer"], card["group"], card["matches"], card["truncated"]) == (None, None, False, True)
    assert (view["majority"], view["answers"]) == (None, [])


def test_an_options_text_is_its_letter_in_votes_and_against_the_reference():
    progress = started(n=2, answer="B", question="How long is it?\n(A) 12 cm\n(B) 16 cm")
    for draw, answer in enumerate(["16 cm", "(B)"]):
        apply_event(progress, SolutionFinished(solution=solution(draw, answer)))
    view = as_run_view(progress)
    assert [card["matches"] for card in view["cards"]] == [True, True]
    assert [group["text"] for group in view["answers"]] == ["16 cm"]


def test_choices_follow_every_aggregation_and_ties_keep_the_order_of_sampling():
    progress = started(n=3)
    for draw, answer in enumerate(["55°", "110", "55"]):
        apply_event(progress, SolutionFinished(solution=solution(draw, answer)))
    for event in (scoring(0, 0.9, 0.1), scoring(1, 0.6, 0.5), scoring(2, 0.6, 0.5)):
        apply_event(progress, event)
    view = as_run_view(progress)
    assert view["ranking"]["max"][0] == 0
    assert view["ranking"]["min"] == [1, 2, 0]
    assert view["majority"] == {"group": "a0", "text": "55°", "count": 2, "tied": False}
    assert [card["matches"] for card in view["cards"]] == [True, False, True]
    assert [card["group"] for card in view["cards"]] == ["a0", "a1", "a0"]


def test_without_a_reference_nothing_matches_or_differs():
    progress = started(answer=None)
    apply_event(progress, SolutionFinished(solution=solution(0, "55")))
    assert as_run_view(progress)["cards"][0]["matches"] is None


def test_a_merged_score_replaces_the_provisional_ones():
    progress = started()
    for index in range(2):
        apply_event(progress, StepFinished(draw=0, index=index, text="s"))
        apply_event(progress, StepScored(draw=0, step_score=StepScore(first=index, last=index, score=0.5)))
    apply_event(progress, StepScored(draw=0, step_score=StepScore(first=0, last=1, score=0.7)))
    assert [step["score"] for step in as_run_view(progress)["cards"][0]["steps"]] == [0.7, 0.7]
    assert as_run_view(progress)["cards"][0]["steps"][0]["merged"] == [0, 1]


@pytest.mark.parametrize("finish", [FinishReason.STOP, FinishReason.LENGTH, FinishReason.CANCELLED])
def test_a_stored_run_looks_as_its_last_live_view(finish):
    progress = started()
    run, problem = progress.run, progress.problem
    apply_event(progress, RunStarted(record=RECORD, notice=None))
    finished = solution(0, "55", finish=finish)
    apply_event(progress, SolutionFinished(solution=finished))
    apply_event(progress, scoring(0, 0.9, 0.8))
    apply_event(progress, SolutionFinished(solution=solution(1, None)))
    apply_event(progress, scoring(1, 0.2, 0.1))
    ended = Run(
        id=run.id, problem_id=problem.id, sampling=run.sampling, record=RECORD, state=RunState.DONE, seconds=2.0
    )
    progress.run = ended
    solutions = [card.solution for card in progress.cards]
    scorings = [scoring(0, 0.9, 0.8).scoring, scoring(1, 0.2, 0.1).scoring]
    assert as_run_view(restore_progress(ended, problem, solutions, scorings)) == as_run_view(progress)


def test_a_run_that_was_cut_off_shows_no_card_as_still_writing():
    progress = started()
    apply_event(progress, TextAdded(draw=0, text="half a"))
    progress.run = Run(
        id=progress.run.id, problem_id="x", sampling=progress.run.sampling, state=RunState.FAILED, message="m"
    )
    assert {card["state"] for card in as_run_view(progress)["cards"]} == {"stopped"}
