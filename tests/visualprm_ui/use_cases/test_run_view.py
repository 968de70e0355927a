import pytest

from engine.domain import FinishReason, Problem, Run, RunRecord, RunState, Sampling, Scoring, Solution, StepScore
from engine.events import Queued, RunStarted, SolutionFinished, SolutionScored, StepFinished, StepScored, TextAdded
from visualprm_ui.use_cases.run_view import apply_event, as_json, restore_progress, start_progress

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


def started(n=2, answer="55"):
    problem = Problem(question="What is it?", answer=answer, images=("ab",))
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
    view = as_json(progress)
    assert (view["state"], view["ahead"]) == ("queued", 3)
    apply_event(progress, RunStarted(record=RECORD, notice=None))
    assert as_json(progress)["state"] == "running"


def test_text_grows_until_its_step_is_complete_and_a_score_is_never_zero_before_it_is_known():
    progress = started()
    apply_event(progress, RunStarted(record=RECORD, notice=None))
    apply_event(progress, TextAdded(draw=0, text="On"))
    apply_event(progress, TextAdded(draw=0, text="e."))
    card = as_json(progress)["cards"][0]
    assert (card["state"], card["open"], card["steps"]) == ("writing", "One.", [])
    apply_event(progress, StepFinished(draw=0, index=0, text="One."))
    card = as_json(progress)["cards"][0]
    assert (card["open"], card["steps"]) == ("", [{"text": "One.", "score": None, "merged": None, "check": None}])
    apply_event(progress, StepScored(draw=0, step_score=StepScore(first=0, last=0, score=0.9)))
    card = as_json(progress)["cards"][0]
    assert card["steps"][0]["score"] == 0.9
    assert card["scores"] is None, "a solution that is still being written has no solution score"


def test_text_behind_the_end_of_a_step_is_not_lost():
    """A chunk may hold the end of one step and the start of the next; the start once vanished from the page."""
    progress = started()
    apply_event(progress, TextAdded(draw=0, text="One.\n\nTwo"))
    apply_event(progress, StepFinished(draw=0, index=0, text="One."))
    assert as_json(progress)["cards"][0]["open"] == "Two"


def test_half_a_solution_never_wins():
    progress = started()
    apply_event(progress, SolutionFinished(solution=solution(0, "55")))
    apply_event(progress, SolutionFinished(solution=solution(1, None, finish=FinishReason.CANCELLED)))
    apply_event(progress, scoring(0, 0.2, 0.2))
    apply_event(progress, scoring(1, 0.9, 0.9))
    assert as_json(progress)["ranking"]["mean"] == [0]
    assert as_json(progress)["cards"][1]["steps"][0]["score"] == 0.9


def test_choices_follow_every_aggregation_and_ties_keep_the_order_of_sampling():
    progress = started(n=3)
    for draw, answer in enumerate(["55°", "110", "55"]):
        apply_event(progress, SolutionFinished(solution=solution(draw, answer)))
    for event in (scoring(0, 0.9, 0.1), scoring(1, 0.6, 0.5), scoring(2, 0.6, 0.5)):
        apply_event(progress, event)
    view = as_json(progress)
    assert view["ranking"]["max"][0] == 0
    assert view["ranking"]["min"] == [1, 2, 0]
    assert view["majority"] == {"group": "a0", "text": "55°", "count": 2, "tied": False}
    assert [card["matches"] for card in view["cards"]] == [True, False, True]
    assert [card["group"] for card in view["cards"]] == ["a0", "a1", "a0"]


def test_without_a_reference_nothing_matches_or_differs():
    progress = started(answer=None)
    apply_event(progress, SolutionFinished(solution=solution(0, "55")))
    assert as_json(progress)["cards"][0]["matches"] is None


def test_a_merged_score_replaces_the_provisional_ones():
    progress = started()
    for index in range(2):
        apply_event(progress, StepFinished(draw=0, index=index, text="s"))
        apply_event(progress, StepScored(draw=0, step_score=StepScore(first=index, last=index, score=0.5)))
    apply_event(progress, StepScored(draw=0, step_score=StepScore(first=0, last=1, score=0.7)))
    assert [step["score"] for step in as_json(progress)["cards"][0]["steps"]] == [0.7, 0.7]
    assert as_json(progress)["cards"][0]["steps"][0]["merged"] == [0, 1]


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
    assert as_json(restore_progress(ended, problem, solutions, scorings)) == as_json(progress)


def test_a_run_that_was_cut_off_shows_no_card_as_still_writing():
    progress = started()
    apply_event(progress, TextAdded(draw=0, text="half a"))
    progress.run = Run(
        id=progress.run.id, problem_id="x", sampling=progress.run.sampling, state=RunState.FAILED, message="m"
    )
    assert {card["state"] for card in as_json(progress)["cards"]} == {"stopped"}
