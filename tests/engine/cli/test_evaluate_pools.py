"""``python -m engine evaluate best-of-n``: its JSON, its messages, and that it goes on where it was ended.

Covers engine/cli/evaluate_pools.py, engine/cli/pool_filling.py.
"""

import json
from contextlib import closing

import pytest

from engine.__main__ import main
from engine.cli.pool_file import PoolFile
from engine.model_catalogue.model_choice import DEFAULT_POLICY, DEFAULT_REWARD_MODEL
from tests.support.evaluate_command import kill_once_written, run_evaluate, write_lines
from tests.support.pages import ROOT

NANO = ROOT / "nano"
EXAMPLES = NANO / "examples" / "problems.jsonl"
ORM = str(NANO / "weights" / "outcome_model")
WAYS = [f"prm_{how}" for how in ("mean", "min", "max", "last", "product", "weighted_vote")]


def problem(identity=None, answer="4", question="How many?"):
    value = {"question": question, "answer": answer}
    return value if identity is None else {"id": identity, **value}


def solution(problem, draw, answer, correct, scores=(), **more):
    return {"problem": problem, "draw": draw, "answer": answer, "correct": correct, "scores": dict(scores), **more}


@pytest.fixture
def evaluate(tmp_path, capsys):
    """Run the command on problems and, where given, a pool; return exit code, printed object (None: none), standard error."""

    def run(problems, pool=None, *options):
        arguments = ["--input", str(write_lines(tmp_path / "problems.jsonl", problems))]
        if pool is not None:
            arguments += ["--pool", str(write_lines(tmp_path / "pool.jsonl", pool))]
        return run_evaluate(capsys, "best-of-n", *arguments, *options)

    return run


HAND_MADE = [
    solution(1, 0, "4", True, {"prm": [0.9, 0.5]}),
    solution(1, 1, "5", False, {"prm": [0.8, 0.8]}),
    solution(1, 2, "4", True, {"prm": [0.1]}),
    solution("b", 0, "7", False, {"prm": [0.2]}),
    solution("b", 1, None, False, {"prm": [0.99]}, finish="length"),
    solution("b", 2, "4", True, {"prm": [0.1]}),
]
TWO = [problem(), problem("b")]


def test_a_pool_made_by_hand(evaluate):
    """By hand, of all three: the mean picks 5 (0.8) and 7, as the best is cut off; the vote is 4, and 7 or 4."""
    code, found, _ = evaluate(TWO, HAND_MADE)
    assert code == 0
    assert found.keys() == {"curve", "differences"}
    assert list(found["curve"]) == list(found["differences"]) == ["1", "2", "3"]
    assert list(found["curve"]["2"]) == [*WAYS, "self_consistency", "random", "oracle"]
    whole = {way: figure["value"] for way, figure in found["curve"]["3"].items()}
    assert whole["prm_mean"] == 0.0
    assert whole["prm_max"] == 0.5
    assert whole["self_consistency"] == 0.75
    assert whole["random"] == 0.5
    assert whole["oracle"] == 1.0
    assert found["curve"]["1"]["prm_mean"].keys() == {"value", "interval"}
    # of one: the one drawn, if it may be chosen
    assert found["curve"]["1"]["prm_mean"]["value"] == pytest.approx((2 / 3 + 1 / 3) / 2)
    low, high = found["curve"]["1"]["random"]["interval"]
    assert low <= 0.5 <= high
    assert found["differences"]["3"]["prm_mean - self_consistency"]["value"] == -0.75
    assert found["curve"]["2"]["prm_weighted_vote"]["sampling_error"] >= 0


def test_the_protocol_changes_the_figures(evaluate):
    _, found, _ = evaluate(TWO, HAND_MADE, "--protocol", "greedy-first")
    assert found["curve"]["1"]["random"]["value"] == 0.5  # the first of the one is right, of the other wrong
    # with the first always in: of problem 1 it is beaten by draw 1 in one of two choices; b: never by a right one
    assert found["curve"]["2"]["prm_mean"]["value"] == pytest.approx((1 / 2 + 0) / 2)


def test_answers_are_graded_where_a_pool_has_no_verdict(evaluate):
    pool = [solution(1, 0, "4.0", None), solution(1, 1, "5", None), solution(1, 2, "4", None, finish="cancelled")]
    code, found, _ = evaluate([problem()], pool)
    assert (code, found["curve"]["3"]["random"]["value"]) == (0, pytest.approx(1 / 3))
    code, _, errors = evaluate([problem(answer=None)], pool)
    assert code == 1
    assert "line 1: draw 0 has no verdict, and the problem no answer to grade by" in errors


def test_an_option_votes_for_its_letter(evaluate):
    question = "How long?\n(A) 18 cm\n(B) 24 cm"
    pool = [solution(1, 0, "B", True), solution(1, 1, "24 cm", True), solution(1, 2, "A", False)]
    _, found, _ = evaluate([problem(answer="B", question=question)], pool)
    assert found["curve"]["3"]["self_consistency"]["value"] == 1.0


def test_problems_without_solutions_are_told(evaluate):
    code, found, errors = evaluate([*TWO, problem("c")], HAND_MADE)
    assert code == 1
    assert "line 3: the pool has no solution of problem 'c'" in errors
    assert list(found["curve"]) == ["1", "2", "3"]


def test_unequal_pools_are_told(evaluate):
    code, found, errors = evaluate(TWO, HAND_MADE[:-1])
    assert (code, list(found["curve"])) == (0, ["1", "2"])
    assert "the pools have 2 to 3 solutions: the curve ends at 2" in errors


@pytest.mark.parametrize(
    "pool",
    [
        [solution(1, draw, "4", True, {"prm": [0.9]}, finish="length") for draw in range(2)],
        [solution(1, draw, "4", draw == 0, {"prm": [None, None]}) for draw in range(2)],
    ],
    ids=["cut off", "unread"],
)
def test_a_model_may_have_nothing_to_choose_by(evaluate, pool):
    """The command ended in a KeyError where no solution had a score that counts."""
    code, found, errors = evaluate([problem()], pool)
    assert code == 0, errors
    assert list(found["curve"]["2"]) == [*WAYS, "self_consistency", "random", "oracle"]


def test_a_solution_without_scores_of_a_model_is_told(evaluate):
    """It was never picked, and nothing said so. One that was cut off, or has no step, needs none."""
    pool = [
        solution(1, 0, "4", True, {"prm": [0.9], "other": [0.9]}),
        solution(1, 1, "4", True, {"other": []}),
        solution(1, 2, None, False, finish="length"),
        solution(1, 3, None, False, steps=[]),
    ]
    code, found, errors = evaluate([problem()], pool)
    assert (code, "prm_mean" in found["curve"]["4"]) == (1, True)
    told = [line for line in errors.splitlines() if "has no scores" in line]
    assert told == [
        f"line 1: draw 1 has no scores of '{name}', which therefore never picks it" for name in ("prm", "other")
    ]
    assert "evaluated 1 problems, 2 lines could not be as they should" in errors


def test_why_a_model_gave_no_scores_is_told_until_it_has_scored(evaluate, tmp_path):
    why = {"prm": "It computed no number.", "orm": "Its server was away."}
    pool = [solution(1, 0, "4", True, {"prm": [0.9]}), {**solution(1, 1, "5", False), "unscored": why}]
    code, found, errors = evaluate([problem()], pool)
    assert (code, found["curve"]["2"]["prm_mean"]["value"]) == (1, 1.0)
    assert found["curve"]["2"]["orm_mean"]["value"] == 0.0  # it picks none
    assert "draw 1 has no scores of 'prm', which therefore never picks it: It computed no number." in errors
    scored = {"problem": 1, "draw": 1, "scores": {"prm": [0.1]}, "reward_models": {"prm": "m"}}
    path = tmp_path / "pool.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in [*pool, scored]), encoding="utf-8")
    with closing(PoolFile(path, writes=False)) as file:
        _first, second = file.of(1)
        assert (second.scores, second.unscored) == ({"prm": (0.1,)}, {"orm": why["orm"]})
        assert second.as_values()["unscored"] == {"orm": why["orm"]}
    code, _found, errors = evaluate([problem()], [{**pool[0], "unscored": {"prm": 3}}])
    assert "'unscored' is no object of reasons" in errors


def test_step_scores_that_could_not_be_read_are_counted(evaluate):
    code, found, errors = evaluate([problem()], [solution(1, 0, "4", True, {"prm": [0.9, None]})])
    assert (code, found["curve"]["1"]["prm_mean"]["value"]) == (0, 1.0)
    assert "1 step scores could not be read: solution scores are those of the other steps" in errors


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (solution(1, 0, "4", True), "line 7: not a solution of a pool: draw 0 of problem 1 is there already"),
        (solution(1, 9, 4, True), "line 7: not a solution of a pool: 'answer' is int, not a text or null"),
        (solution(1, 9, "4", 1), "line 7: not a solution of a pool: 'correct' is 1, not true, false or null"),
        (solution(1, 9, "4", True, {"prm": [float("nan")]}), "the scores of 'prm': nan is no number in [0, 1]"),
        (
            solution(1, 9, "4", True, {"prm": 0.5}),
            "line 7: not a solution of a pool: the scores of 'prm' are not a list",
        ),
        (
            solution(1, 9, "4", True, finish="later"),
            "line 7: not a solution of a pool: 'later' is not a valid FinishReason",
        ),
        (solution(1, 9, "4", True, policy=3), "line 7: not a solution of a pool: 'policy' is int, not a text or null"),
        (solution(1, 9, "4", True, sampling="t=1"), "'sampling' is str, not an object or null"),
        ({"problem": 1, "draw": 9}, "line 7: not a solution of a pool: it has no 'answer'"),
        ({"draw": 9, "answer": "4"}, "line 7: not a solution of a pool: it has no 'problem' and whole number 'draw'"),
        ("nonsense", "line 7: not a row: "),
    ],
)
def test_a_bad_line_of_a_pool_is_told(evaluate, bad, message):
    code, found, errors = evaluate(TWO, [*HAND_MADE, bad])
    assert (code, found) == (1, None)
    assert message in errors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "Say where the solutions come from"),
        (["--policy", "x"], "--policy and --n belong together"),
        (["--pool", "nowhere.jsonl"], "There is no file 'nowhere.jsonl'"),
        (["--policy", "x", "--n", "200"], "n must be at most 128, not 200"),
    ],
)
def test_what_is_missing_is_told(evaluate, options, message):
    code, found, errors = evaluate(TWO, None, *options)
    assert (code, found) == (1, None)
    assert message in errors.replace("at least 1 and ", "")


def test_without_json_a_table_is_printed(evaluate, tmp_path, capsys):
    evaluate(TWO, HAND_MADE)
    command = [
        "evaluate",
        "best-of-n",
        "--input",
        str(tmp_path / "problems.jsonl"),
        "--pool",
        str(tmp_path / "pool.jsonl"),
    ]
    assert main(command) == 0
    assert "| 3 | self_consistency | 0.7500 (0.5000, 1.0000) |" in capsys.readouterr().out
    assert main([*command, "--format", "csv"]) == 0
    assert "3,oracle,1.0,1.0,1.0," in capsys.readouterr().out


# ---- with models ----


@pytest.fixture(scope="module")
def posed():
    """The embedded examples; their pictures lie beside the file."""
    lines = EXAMPLES.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines][:3]
    return [row | {"image": str(NANO / "examples" / row["image"])} for row in rows]


SAMPLED = ["--policy", str(DEFAULT_POLICY), "--n", "3", "--device", "cpu"]
SCORED = ["--reward-model", str(DEFAULT_REWARD_MODEL), "--outcome-model", ORM]


def test_solutions_are_sampled_scored_kept_and_made_no_second_time(evaluate, posed, tmp_path):
    code, found, errors = evaluate(posed, [], *SAMPLED, *SCORED)
    assert code == 0, errors
    assert list(found["curve"]) == ["1", "2", "3"]
    assert {"prm_mean", "orm_mean"} <= found["curve"]["1"].keys()
    assert "prm_mean - orm_mean" in found["differences"]["2"]
    path = tmp_path / "pool.jsonl"
    kept = path.read_text(encoding="utf-8")
    rows = [json.loads(line) for line in kept.splitlines()]
    assert [(row["problem"], row["draw"]) for row in rows] == [(line, draw) for line in (1, 2, 3) for draw in range(3)]
    assert all(len(row["scores"]["prm"]) == len(row["steps"]) and len(row["scores"]["orm"]) == 1 for row in rows)
    code, again, errors = evaluate(posed, rows, *SAMPLED, *SCORED)
    assert (code, again) == (0, found)
    assert "sampled" not in errors
    assert path.read_text(encoding="utf-8") == kept
    # a pool alone, and one that grows
    assert evaluate(posed, rows)[1] == found
    code, more, errors = evaluate(posed, rows, *SAMPLED[:2], "--n", "4", "--device", "cpu", *SCORED[:2])
    assert (code, list(more["curve"])) == (1, ["1", "2", "4"])
    assert "line 1: draw 3 has no scores of 'orm'" in errors  # only the other model scored the new ones
    grown = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row for row in grown if row["draw"] < 3] == rows


def test_a_solution_that_was_cut_off_states_no_answer_and_is_wrong(evaluate, posed, tmp_path):
    code, _, errors = evaluate(posed[:1], [], *SAMPLED, "--max-new-tokens", "8")
    assert code == 0, errors
    rows = [json.loads(line) for line in (tmp_path / "pool.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["finish"], row["answer"], row["correct"]) for row in rows] == [("length", None, False)] * 3


def test_without_a_file_the_figures_are_the_same(evaluate, posed):
    _, kept, _ = evaluate(posed, [], *SAMPLED)
    _, unkept, _ = evaluate(posed, None, *SAMPLED)
    assert kept == unkept
    assert list(kept["curve"]["1"]) == ["self_consistency", "random", "oracle"]


def test_the_first_is_greedy_under_greedy_first_and_such_a_pool_is_no_other(evaluate, posed, tmp_path):
    code, _, errors = evaluate(posed[:1], [], *SAMPLED, "--protocol", "greedy-first")
    assert code == 0, errors
    rows = [json.loads(line) for line in (tmp_path / "pool.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["draw"], row["sampling"]["temperature"]) for row in rows] == [(0, 0.0), (1, 0.7), (2, 0.7)]
    code, found, errors = evaluate(posed[:1], rows)
    assert (code, found) == (1, None)
    assert "is greedy: it was not sampled for the protocol 'iid'" in errors
    equal = [row | {"sampling": rows[1]["sampling"]} for row in rows]
    assert "is not greedy" in evaluate(posed[:1], equal, "--protocol", "greedy-first")[2]


def test_another_seed_or_model_is_not_mixed_in(evaluate, posed, tmp_path):
    evaluate(posed[:1], [], *SAMPLED, *SCORED[:2])
    rows = [json.loads(line) for line in (tmp_path / "pool.jsonl").read_text(encoding="utf-8").splitlines()]
    code, found, errors = evaluate(posed[:1], rows[:2], *SAMPLED, "--seed", "9")
    assert (code, found) == (1, None)
    assert "Name another file, or ask for the same" in errors
    lacking = [rows[0], *({**row, "scores": {}} for row in rows[1:])]
    code, found, errors = evaluate(posed[:1], lacking, "--reward-model", f"prm={ORM}", "--device", "cpu")
    assert (code, found) == (1, None)
    assert "The pool's scores 'prm' of problem 1 are those of 'nano-prm@" in errors
    code, found, errors = evaluate(posed[:1], lacking, "--reward-model", f"other={ORM}", "--device", "cpu")
    assert code == 1  # only draw 0 has scores of both
    assert [line for line in errors.splitlines() if "no scores of" in line] == [
        f"line 1: draw {draw} has no scores of 'prm', which therefore never picks it" for draw in (1, 2)
    ]
    assert {"prm_mean", "other_mean"} <= found["curve"]["1"].keys()


def test_scores_say_into_how_many_steps_solutions_were_merged(evaluate, tmp_path):
    """Those of whole solutions were taken for those of their twelve steps."""
    pool = [solution(1, 0, "4", True, steps=["One.", "Two.", "4."])]
    command = [*SCORED, "--device", "cpu", "--max-steps"]
    code, found, errors = evaluate([problem()], pool, *command, "none")
    assert code == 0, errors
    (row,) = [json.loads(line) for line in (tmp_path / "pool.jsonl").read_text(encoding="utf-8").splitlines()]
    assert row["reward_models"]["prm"].endswith("+max_steps=none")
    assert "max_steps" not in row["reward_models"]["orm"]
    assert evaluate([problem()], [row], *command, "none")[:2] == (0, found)
    code, _found, errors = evaluate([problem()], [row], *command, "12")
    assert (code, "The pool's scores 'prm' of problem 1 are those of" in errors) == (1, True)


def test_solutions_without_steps_cannot_be_scored(evaluate):
    code, found, errors = evaluate(TWO, HAND_MADE, "--reward-model", f"new={DEFAULT_REWARD_MODEL}", "--device", "cpu")
    assert code == 1
    assert "line 1: 3 solutions have no 'steps' in the pool that new could score" in errors
    assert "new_mean" not in found["curve"]["1"]
    some = [{**HAND_MADE[0], "scores": {"new": [0.5]}}, HAND_MADE[1]]
    code, _, errors = evaluate(TWO[:1], some, "--reward-model", f"new={DEFAULT_REWARD_MODEL}", "--device", "cpu")
    assert "line 1: 1 solutions have no 'steps' in the pool that new could score" in errors
    assert "draw 1 has no scores of 'new'" not in errors  # once is enough


def test_a_problem_that_cannot_be_sampled_is_told(evaluate, posed):
    rows = [posed[0], problem(answer=None), posed[1] | {"image": "nowhere.png"}]
    code, found, errors = evaluate(rows, None, *SAMPLED)
    assert code == 1
    assert "line 2: it has no 'answer' to grade solutions by" in errors
    assert "line 3: The picture" in errors
    assert "1" in found["curve"]


@pytest.mark.kills
def test_a_killed_run_goes_on_and_comes_to_the_same_figures(evaluate, posed, tmp_path, capsys):
    problems = [row | {"id": f"{at}"} for at, row in enumerate(posed * 4)]
    options = [*SAMPLED, *SCORED[:2]]
    _, expected, _ = evaluate(problems, [], *options)
    path = tmp_path / "pool.jsonl"
    whole = path.read_text(encoding="utf-8")
    path.unlink()
    arguments = ["evaluate", "best-of-n", "--input", str(tmp_path / "problems.jsonl"), "--pool", str(path), *options]
    kill_once_written(arguments, path, b'"reward_models": {"prm"')
    assert main([*arguments, "--json"]) == 0
    printed = capsys.readouterr()
    assert "sampled" not in printed.err
    assert json.loads(printed.out.splitlines()[-1]) == expected
    assert path.read_text(encoding="utf-8") == whole
