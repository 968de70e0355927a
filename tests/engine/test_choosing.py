"""Who takes part in a choice, who is picked, what the majority says."""

import pytest

from engine.choosing import Candidate, best_of_n, choose, choose_among, rank, rank_candidates
from engine.domain import Aggregation, FinishReason, Scoring, Solution, StepScore

STOP, LENGTH, CANCELLED = FinishReason


def step_scores(*values):
    return tuple(StepScore(first=index, last=index, score=value) for index, value in enumerate(values))


def candidate(answer, *scores, finish=STOP, steps=None):
    return Candidate(
        answer=answer, finish=finish, steps=len(scores) if steps is None else steps, step_scores=step_scores(*scores)
    )


def test_the_best_mean_is_picked_and_the_most_frequent_answer_wins():
    choice = choose_among([candidate("7", 0.9, 0.5), candidate("8", 0.9, 0.9), candidate("7.0", 0.1, 0.1)])
    assert choice.scores == (0.7, 0.9, 0.1)
    assert (choice.ranking, choice.pick) == ((1, 0, 2), 1)
    assert (choice.majority.text, choice.majority.members, choice.tied) == ("7", (0, 2), False)


def test_an_options_text_votes_for_its_letter():
    candidates = [candidate("16 cm", 0.1), candidate("12 cm", 0.2), candidate("B", 0.3)]
    choice = choose_among(candidates, question="How long?\n(A) 12 cm\n(B) 16 cm")
    assert [group.members for group in choice.groups] == [(0, 2), (1,)]


@pytest.mark.parametrize("finish", [LENGTH, CANCELLED])
def test_half_a_solution_keeps_its_score_but_is_not_chosen_and_does_not_vote(finish):
    """``engine solve`` picked a solution that was cut off, and counted the 8 that was left of its 80 as an answer."""
    half = candidate("8", 0.99, finish=finish)
    choice = choose_among([half, candidate("5", 0.2), half])
    assert choice.scores == (0.99, 0.2, 0.99)
    assert choice.ranking == (1,)
    assert [(group.text, group.members) for group in choice.groups] == [("5", (1,))]
    assert half.stated_answer is None


def test_where_all_are_cut_off_nothing_is_chosen():
    choice = choose_among([candidate("8", 0.9, finish=LENGTH), candidate("8", 0.8, finish=CANCELLED)])
    assert (choice.pick, choice.majority, choice.leading, choice.tied) == (None, None, (), False)
    assert choice.scores == (0.9, 0.8)


def test_nothing_is_chosen_among_none():
    choice = choose_among([])
    assert (choice.scores, choice.pick, choice.majority, choice.tied) == ((), None, None, False)


def test_a_whole_solution_has_no_score_until_its_last_step_has_one():
    partly = candidate("7", 0.95, steps=2)
    choice = choose_among([partly, candidate("8", 0.1, 0.1)])
    assert (choice.scores, choice.ranking) == ((None, 0.1), (1,))
    assert choice.tied, "its answer counts all the same: it was written to its end"
    assert candidate(None, 0.9, finish=CANCELLED, steps=3).score(Aggregation.MEAN) == 0.9, "no more scores will come"


def test_what_is_being_written_has_neither_score_nor_vote():
    choice = choose_among([candidate("7", 0.9, finish=None)])
    assert (choice.scores, choice.pick, choice.majority) == ((None,), None, None)


def test_equal_scores_and_equal_votes_keep_the_order_of_sampling():
    choice = choose_among([candidate("a", 0.2), candidate("b", 0.6), candidate("c", 0.6), candidate("b", 0.1)])
    assert choice.ranking == (1, 2, 0, 3)
    tie = choose_among([candidate("x", 0.1), candidate("y", 0.2), candidate(None, 0.9)])
    assert (tie.majority.text, tie.tied, [group.text for group in tie.leading]) == ("x", True, ["x", "y"])


def test_every_aggregation_ranks_by_its_own_score():
    candidates = [candidate("1", 0.9, 0.1), candidate("2", 0.6, 0.5)]
    assert rank_candidates(candidates, Aggregation.MAX) == (0, 1)
    assert rank_candidates(candidates, Aggregation.MIN) == (1, 0)


def test_merged_scores_are_complete_when_the_last_step_is_covered():
    merged = Candidate(answer="1", finish=STOP, steps=3, step_scores=(StepScore(first=0, last=2, score=0.4),))
    assert merged.score(Aggregation.MEAN) == 0.4


def test_solutions_and_scorings_are_matched_by_id_and_the_newest_scoring_counts():
    first, second = (Solution(problem_id="p", steps=("a",), answer=answer, policy_model="m") for answer in ("1", "2"))
    scorings = [
        Scoring(solution_id=solution.id, reward_model="r", step_scores=step_scores(score))
        for solution, score in ((second, 0.3), (first, 0.9), (first, 0.1))
    ]
    assert choose([first, second], scorings, Aggregation.MEAN).scores == (0.1, 0.3)
    assert choose([first, second], [], Aggregation.MEAN).pick is None


@pytest.mark.parametrize("finish", [LENGTH, CANCELLED])
def test_a_solution_that_did_not_end_by_itself_holds_no_answer(finish):
    assert Solution(problem_id="p", steps=("8",), answer="8", finish=finish, policy_model="m").answer is None


def test_rank_is_stable_and_leaves_out_the_undefined():
    assert rank([0.2, None, 0.9, 0.2, 0.9]) == (2, 4, 0, 3)
    assert best_of_n([0.2, None, 0.9, 0.9]) == 2
    assert best_of_n([None]) is None
    assert best_of_n([]) is None
