"""Rollouts: which completions are drawn, what counts of them, and what labels follow; at the end with the shipped policy."""

import pytest

from engine import FinishReason, InvalidRequest, Solution
from engine.beginnings import beginning_of
from engine.outcomes.rollout_labels import RolloutMode
from engine.protocols import run_to_end
from engine.rollouts import RolloutPlan, Rollouts, Verdict
from tests.support.scripted import ScriptedCompletions

RIGHT, WRONG = "Final answer: 8", "Final answer: 9"
EVERY, FIRST_SUCCESS, FIRST_ERROR = RolloutMode


def solution(*steps, end=FinishReason.STOP):
    return Solution(problem_id="", steps=steps, policy_model="scripted", finish=end)


def beginning(*steps):
    return "".join(f"{step}\n\n" for step in steps)


def rolled(session, *solutions, mode=EVERY, completions=4, max_steps=12):
    plan = RolloutPlan(completions=completions, mode=mode, max_steps=max_steps)
    rollouts = Rollouts(session, "How many?", "8", plan)
    found = run_to_end(rollouts.run(solutions))
    return tuple(tuple(each.rollouts for each in steps) for steps in found), rollouts.counts


def counts_of(steps):
    return [(step.reached, step.drawn, step.is_correct) for step in steps]


def test_every_completion_of_every_step_but_the_last_is_drawn():
    """By hand: from a, draws 0 and 2 reach it; from b none does; what the solution comes to is known."""
    session = ScriptedCompletions(
        lambda text, draw: RIGHT if text == beginning("a") and draw % 2 == 0 else f"Hm.\n\n{WRONG}"
    )
    (steps,), counts = rolled(session, solution("a", "b", WRONG))
    assert counts_of(steps) == [(2, 4, True), (0, 4, False), (0, 1, False)]
    assert [step.share for step in steps] == [0.5, 0.0, 0.0]
    assert session.started == [
        *((beginning("a"), draw) for draw in range(4)),
        *((beginning("a", "b"), draw) for draw in range(4)),
    ]
    assert session.most_at_once == 8, "all beginnings together"
    assert counts.completions == 8
    assert counts.verdicts[Verdict.REACHED] == 2
    assert counts.verdicts[Verdict.MISSED] == 6
    assert counts.tokens == 8 * 3


def test_a_completion_begins_a_step_of_its_own():
    """The joint: a blank line behind every step; the answer is read of the whole response."""
    assert beginning_of(("one", "two\nlines")) == "one\n\ntwo\nlines\n\n"
    session = ScriptedCompletions(lambda text, draw: "So that is it.")
    (steps,), _ = rolled(session, solution("Final answer: 8", "I mean it.", RIGHT))
    assert counts_of(steps)[0] == (4, 4, True), "it stands in the beginning"


def test_equal_beginnings_of_a_problem_are_completed_once():
    session = ScriptedCompletions(lambda text, draw: RIGHT)
    (first, second, third), counts = rolled(
        session, solution("a", "b", RIGHT), solution("a", "c", WRONG), solution("I give up.")
    )
    assert counts.completions == 3 * 4
    assert first[0] == second[0]
    assert counts_of(second) == [(4, 4, True), (4, 4, True), (0, 1, False)]
    assert [step.unread for step in third] == [1], "one step that states no answer"


def test_the_unfinished_last_step_of_a_cut_off_solution_is_not_measured():
    session = ScriptedCompletions(lambda text, draw: RIGHT)
    (steps,), counts = rolled(session, solution("a", "b", "Final answer: 8", end=FinishReason.LENGTH))
    assert counts_of(steps) == [(4, 4, True), (4, 4, True), (0, 0, None)]
    assert steps[2].share is None
    assert counts.completions == 8


def test_what_is_cut_off_or_unreadable_fails_and_is_counted_apart():
    ends = [RIGHT, None, "I give up.", WRONG]
    session = ScriptedCompletions(lambda text, draw: ends[draw])
    (steps,), counts = rolled(session, solution("a", RIGHT))
    assert (steps[0].reached, steps[0].drawn, steps[0].cut_off, steps[0].unread) == (1, 4, 1, 1)
    assert counts.verdicts == dict.fromkeys(Verdict, 1)


def test_a_model_that_never_ends_gives_labels_of_failures():
    session = ScriptedCompletions(lambda text, draw: None)
    (steps,), counts = rolled(session, solution("a", "b", WRONG), mode=FIRST_SUCCESS)
    assert counts_of(steps) == [(0, 4, False), (0, 4, False), (0, 1, False)]
    assert counts.verdicts[Verdict.CUT_OFF] == 8


def test_more_steps_than_twelve_are_merged_or_not():
    session = ScriptedCompletions(lambda text, draw: RIGHT)
    thirteen = solution(*map(str, range(12)), RIGHT)
    (merged,) = run_to_end(Rollouts(session, "How many?", "8", RolloutPlan(completions=1)).run([thirteen]))
    assert [(each.step.first, each.step.last) for each in merged] == [*((i, i + 1) for i in range(0, 12, 2)), (12, 12)]
    assert session.started[0][0] == "0\n\n1\n\n"
    (single,), counts = rolled(ScriptedCompletions(lambda text, draw: RIGHT), thirteen, completions=1, max_steps=None)
    assert len(single) == 13
    assert counts.completions == 12


def test_a_solution_without_steps_has_nothing_to_measure():
    assert rolled(ScriptedCompletions(lambda text, draw: RIGHT), solution())[0] == ((),)


@pytest.mark.parametrize("lucky", [0, 1, 2, 5, 15, 16])
def test_the_first_success_is_that_of_asking_one_after_another(lucky):
    """Whatever is written abreast, and however long each takes: draw ``lucky`` is counted as the first that reached it."""

    def complete(text, draw):
        padding = "well " * ((7 * draw) % 11)  # later ones may end first
        return padding + (RIGHT if draw in (lucky, 15) and lucky < 16 else WRONG)

    session = ScriptedCompletions(complete)
    (steps,), counts = rolled(session, solution("a", WRONG), mode=FIRST_SUCCESS, completions=16)
    assert counts_of(steps)[0] == ((0, 16, False) if lucky == 16 else (1, lucky + 1, True))
    assert counts.completions <= max(1, 2 * lucky + 1)
    assert sum(counts.verdicts.values()) + counts.stopped == counts.completions


def test_first_success_gives_the_labels_of_every():
    def complete(text, draw):
        return RIGHT if (len(text) * 31 + draw * 17) % 9 == 0 else WRONG

    solutions = [solution(*(f"{name} " * (i + 1) for i in range(5)), WRONG) for name in "abcd"]
    found = {}
    for mode in (EVERY, FIRST_SUCCESS):
        results, counts = rolled(ScriptedCompletions(complete), *solutions, mode=mode, completions=16)
        found[mode] = [[step.is_correct for step in steps] for steps in results], counts.completions
    assert found[EVERY][0] == found[FIRST_SUCCESS][0]
    assert found[FIRST_SUCCESS][1] < 0.6 * found[EVERY][1]


@pytest.mark.parametrize("first_wrong", range(8))
def test_the_search_finds_the_first_wrong_step_with_few_beginnings(first_wrong):
    """Of seven beginnings at most three are completed; a step that was looked at says how it was measured."""
    names = "abcdefg"

    def complete(text, draw):
        return RIGHT if text.count("\n\n") <= first_wrong else WRONG

    session = ScriptedCompletions(complete)
    (steps,), _ = rolled(session, solution(*names, WRONG), mode=FIRST_ERROR)
    assert [step.is_correct for step in steps] == [place < first_wrong for place in range(7)] + [False]
    assert len({text for text, _ in session.started}) == 3
    assert sum(step.drawn > 0 for step in steps) == 3 + 1
    assert all(step.is_correct is (step.reached > 0) for step in steps if step.drawn)


def test_the_search_needs_nothing_where_the_answer_is_right():
    session = ScriptedCompletions(lambda text, draw: WRONG)
    (steps,), counts = rolled(session, solution("a", "b", RIGHT), mode=FIRST_ERROR)
    assert counts_of(steps) == [(0, 0, True), (0, 0, True), (1, 1, True)]
    assert counts.completions == 0


def test_the_search_leaves_the_unfinished_step_open():
    session = ScriptedCompletions(lambda text, draw: RIGHT)
    (steps,), _ = rolled(session, solution("a", "b", end=FinishReason.LENGTH), mode=FIRST_ERROR)
    assert counts_of(steps) == [(1, 1, True), (0, 0, None)]


@pytest.mark.parametrize("completions", [0, 1025])
def test_a_number_of_completions_that_is_not_accepted(completions):
    with pytest.raises(InvalidRequest, match="completions must be from 1 to 1024"):
        rolled(ScriptedCompletions(lambda text, draw: RIGHT), completions=completions)
