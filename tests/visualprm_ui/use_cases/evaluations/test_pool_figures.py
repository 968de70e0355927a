"""Figures of pools: equal to the command line's on the same pool; what is picked of each problem.

Covers visualprm_ui/use_cases/evaluations/pool_figures.py, visualprm_ui/use_cases/evaluations/pool_reading.py.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.domain import FinishReason
from engine.evaluation.solution_pool import Protocol
from storage import BadSetting, NotFound, NotSubmitted
from tests.support.evaluate_command import run_evaluate, write_lines
from tests.support.evaluations import evaluated, opened
from tests.support.model_jobs import NamedRewardModel
from tests.support.solution_pools import ADA, CountedPolicy, add_problems, best_of_n, engine_with, judge_of, text
from tests.support.waiting import PATIENCE
from visualprm_ui.use_cases.evaluations import pool_reading
from visualprm_ui.use_cases.evaluations.pool_draws import PoolDraw, ProblemPool
from visualprm_ui.use_cases.evaluations.pool_figures import (
    PickOutcome,
    curve_values,
    headline,
    measure,
    pick,
    picks,
    read_curve,
)
from visualprm_ui.use_cases.evaluations.pool_measuring import measure_all
from visualprm_ui.use_cases.evaluations.pool_reading import EvaluationPools, PickChoice

TEXTS = [text("a", 4), text("b", 5), text("c", 5), text("d", 6), "e\n\nf", text("g", 4)]
JUDGE = judge_of({"a": 0.3, "b": 0.2, "c": 0.9, "d": 0.1, "g": 0.8})


def draw(answer, *scores, right=False, finish=FinishReason.STOP, greedy=False, tokens=10, group=0):
    return PoolDraw(
        id="x",
        is_greedy=greedy,
        finish=finish,
        answer=answer,
        tokens=tokens,
        is_correct=right,
        group=None if answer is None else group,
        scores={"prm": scores} if scores else {},
    )


def pool(*draws, problem="p"):
    return ProblemPool(problem=problem, checker="c", batches=1, seconds=1.0, draws=draws)


def choice(n=4, way="prm_mean", against="self_consistency", protocol=None):
    return PickChoice(protocol=protocol, n=n, way=way, against=against)


@pytest.mark.parametrize("protocol", list(Protocol))
def test_the_command_line_gives_the_same_figures_on_the_files_of_a_pool(store, tmp_path, capsys, protocol):
    add_problems(store, "Q1", "Q2", "Q3")
    add_problems(store, "How long?\n(A) 4\n(B) 5", answer="A")
    policy = CountedPolicy(TEXTS)
    with opened(store, engine := engine_with(policy, NamedRewardModel("prm", JUDGE))) as jobs:
        found = evaluated(jobs, best_of_n(7, protocol=Protocol.GREEDY_FIRST, outcome=True))
        pools = EvaluationPools(jobs, store, engine)
        curve = pools.report(found.job.id, protocol).curve
        problems = write_lines(tmp_path / "problems.jsonl", pools.iter_problem_rows(found.job.id))
        rows = write_lines(tmp_path / "pool.jsonl", pools.iter_pool_rows(found.job.id, protocol, ADA))
    code, printed, errors = run_evaluate(
        capsys, "best-of-n", "--input", str(problems), "--pool", str(rows), "--protocol", protocol.value
    )
    assert code == 0, errors
    assert list(printed["curve"]) == [str(n) for n in curve.curve.figures]
    for n, ways in curve.curve.figures.items():
        theirs = printed["curve"][str(n)]
        assert set(ways) == set(theirs)
        for way, figure in ways.items():
            assert figure.value == theirs[way]["value"], (n, way)
            assert [figure.interval.low, figure.interval.high] == theirs[way]["interval"], (n, way)
            assert curve.curve.sampling_errors[n].get(way) == theirs[way].get("sampling_error"), (n, way)
        differences = curve.curve.differences[n]
        for name, theirs_too in printed["differences"][str(n)].items():
            assert differences[name].value == theirs_too["value"], (n, name)
        assert differences["prm_min - self_consistency"].value is not None  # every aggregation can be switched to


def test_a_curve_is_read_back_as_it_was_kept():
    curve = measure([pool(draw("4", 0.9, right=True), draw("5", 0.1, group=1))] * 2, ["prm"], Protocol.IID)
    assert read_curve(curve_values(curve)) == curve
    assert curve.tokens == {1: 10.0, 2: 20.0}
    assert headline(curve, "prm").figure.value == 1.0
    assert headline(curve, "other") is None


def test_no_problem_has_no_curve_and_a_pool_without_a_greedy_solution_none_of_greedy_first():
    assert measure([], ["prm"], Protocol.IID) is None
    assert measure([pool(draw("4", 0.9, greedy=True))], ["prm"], Protocol.IID) is None


def test_a_model_that_has_not_seen_all_solutions_has_no_figures():
    curve = measure([pool(draw("4", 0.9, right=True), draw("5"))], ["prm"], Protocol.IID)
    assert (curve.models, curve.lacking) == ((), {"prm": 1})
    assert list(curve.curve.figures[1]) == ["self_consistency", "random", "oracle"]
    cut_off = measure([pool(draw("4", 0.9), draw("5", finish=FinishReason.LENGTH))], ["prm"], Protocol.IID)
    assert (cut_off.models, cut_off.lacking) == (("prm",), {})  # one that is cut off is never picked


def test_tokens_that_were_not_counted_are_no_number():
    assert measure([pool(draw("4", tokens=None))], [], Protocol.IID).tokens == {1: None}


def test_greedy_first_has_its_tokens():
    pools = [pool(draw("4", greedy=True, tokens=1), draw("4", tokens=10), draw("4", tokens=20))]
    assert measure(pools, [], Protocol.GREEDY_FIRST).tokens == {1: 1.0, 2: 16.0, 3: 31.0}
    assert measure(pools, [], Protocol.IID).tokens == {1: 15.0, 2: 30.0}


def test_picks_of_one_problem():
    draws = (
        draw("5", 0.2, 0.9),
        draw("5", 0.3),
        draw("4", 0.9, 0.1, right=True, group=1),
        draw(None, 0.1),
        draw("4", group=1),
    )
    assert pick(draws, "prm_mean").at == 0
    assert pick(draws, "prm_min").at == 1
    assert pick(draws, "prm_last").at == 0
    assert pick(draws[::-1], "prm_max").at == 2  # of equals the one that was sampled first
    vote = pick(draws, "self_consistency")
    assert (vote.at, vote.votes, vote.is_correct, vote.is_tied) == (0, 2, False, True)
    assert pick(draws[:4], "self_consistency").is_tied is False
    weighted = pick(draws, "prm_weighted_vote")
    assert (weighted.at, weighted.votes) == (0, 2)
    assert pick(draws, "random").at == 0
    none = pick(draws[4:], "prm_mean")
    assert (none.at, none.votes, none.is_correct) == (None, 0, False)
    assert pick((), "random").at is None
    assert pick((draw(None, 0.1),), "self_consistency").at is None


def test_problems_by_who_is_right():
    right, wrong = draw("4", 0.9, right=True), draw("5", 0.1, group=1)
    scored_wrong = [draw("4", 0.1, right=True), draw("5", 0.9, group=1)]
    pools = [
        pool(right, wrong, problem="both"),
        pool(draw("5", 0.1, group=1), right, problem="only_way"),
        pool(*scored_wrong, problem="only_against"),
        pool(draw("5", 0.9), draw("4", 0.1, right=True, group=1), problem="missed"),
        pool(wrong, wrong, problem="none"),
        pool(right, problem="too few"),
    ]
    found = picks(pools, Protocol.IID, 2, "prm_mean", "random")
    assert [each.problem for each in found] == [each.outcome.value for each in found] == list(map(str, PickOutcome))


def test_a_problem_opens_with_the_solutions_that_are_chosen_from(store):
    add_problems(store, "Q1")
    with opened(store, engine := engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm", JUDGE))) as jobs:
        found = evaluated(jobs, best_of_n(4, outcome=True))
        pools = EvaluationPools(jobs, store, engine)
        asked, listed, any_right = pools.list_picks(found.job.id, choice())
        assert (asked.protocol, any_right, [each.outcome for each in listed]) == (
            Protocol.IID,
            1,
            [PickOutcome.NONE],
        ) or listed
        problem = listed[0].problem
        opened_one = pools.get_problem(found.job.id, problem, choice(), ADA)
        assert (opened_one.way.at, opened_one.against.at) == (2, 1)
        cards = opened_one.view["cards"]
        assert [each["draw"] for each in cards] == [0, 1, 2, 3]
        assert [step["score"] for step in cards[2]["steps"]] == [0.9, 0.5]
        assert opened_one.view["ranking"]["mean"][0] == 2
        whole = pools.get_problem(found.job.id, problem, choice(way="orm_mean"), ADA).view["cards"][2]
        assert [(step["score"], step["merged"]) for step in whole["steps"]] == [(0.9, [0, 1])] * 2
        with pytest.raises(BadSetting, match="no way to choose here"):
            pools.list_picks(found.job.id, choice(way="oracle"))
        with pytest.raises(BadSetting, match="at least one solution"):
            pools.list_picks(found.job.id, choice(n=0))
        with pytest.raises(BadSetting, match="no greedy solution"):
            pools.list_picks(found.job.id, choice(protocol=Protocol.GREEDY_FIRST))
        with pytest.raises(NotFound, match="not done yet"):
            pools.get_problem(found.job.id, "f" * 32, choice(), ADA)


def test_scores_stay_hidden_from_who_has_yet_to_label_a_solution_of_the_pool_blind(store):
    (problem,) = add_problems(store, "Q1")
    with opened(store, engine := engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm", JUDGE))) as jobs:
        found = evaluated(jobs, best_of_n(4))
        pools = EvaluationPools(jobs, store, engine)
        run = pools.get_problem(found.job.id, problem, choice(), ADA).run
        store.labelling.open_run_queue(run, "Q1")
        with pytest.raises(NotSubmitted, match="wait for blind labels"):
            pools.get_problem(found.job.id, problem, choice(), ADA)


def test_steps_whose_score_could_not_be_read_are_left_out_of_the_solution_score():
    draws = (draw("5", None, None), draw("4", None, 0.4, right=True, group=1), draw("6", 0.3, group=2))
    assert pick(draws, "prm_mean").at == 1
    curve = measure([pool(*draws)], ["prm"], Protocol.IID)
    assert curve.curve.figures[3]["prm_mean"].value == 1.0


def test_figures_of_one_evaluation_do_not_wait_for_those_of_another(store, monkeypatch):
    add_problems(store, "Q1")
    with opened(store, engine := engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm", JUDGE))) as jobs:
        slow, other = (evaluated(jobs, best_of_n(4)).job.id for _number in range(2))
        pools = EvaluationPools(jobs, store, engine)
        jobs.files(slow).write_figures({"checker": "older", "curves": {}})  # to be computed anew
        is_at_work, may_go_on = threading.Event(), threading.Event()

        def measured(*args, **options):
            is_at_work.set()
            assert may_go_on.wait(PATIENCE)
            return measure_all(*args, **options)

        monkeypatch.setattr(pool_reading, "measure_all", measured)
        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(pools.report, slow, None)
            assert is_at_work.wait(PATIENCE)
            second = threads.submit(pools.report, other, None)
            try:
                found = second.result(PATIENCE)
            finally:
                may_go_on.set()
            assert first.result(PATIENCE).curve == found.curve
