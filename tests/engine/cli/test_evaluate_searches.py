"""``python -m engine evaluate best-of-n --search``: guided search beside Best-of-N over a set, kept in the pool's file.

Covers engine/cli/search_rows.py, engine/cli/pool_searching.py, engine/cli/search_figures.py,
engine/cli/kept_identity.py.
"""

import json

import pytest

from engine.__main__ import main
from engine.cli.kept_identity import identify
from engine.model_catalogue.model_choice import DEFAULT_POLICY, DEFAULT_REWARD_MODEL
from tests.support.evaluate_command import kill_once_written, run_evaluate, write_lines
from tests.support.openai_server import OpenAIServer
from tests.support.pages import ROOT
from tests.support.served_models import Scripted

EXAMPLES = ROOT / "nano" / "examples"
SAMPLED = ["--policy", str(DEFAULT_POLICY), "--n", "3", "--device", "cpu", "--reward-model", str(DEFAULT_REWARD_MODEL)]
SEARCH = ["--search", "2x2"]


def solution(problem, draw, answer, correct, score, tokens=10, **more):
    scores = {"scores": {"prm": [score]}, "tokens": tokens}
    return {"problem": problem, "draw": draw, "answer": answer, "correct": correct, **scores, **more}


def search(problem, answer="4", correct=True, tokens=25, **more):
    about = {"width": 2, "expansions": 2, "model": "prm"}
    return {"problem": problem, "search": about, "answer": answer, "correct": correct, "finish": "stop"} | {
        "tokens": tokens,
        **more,
    }


TWO = [{"question": "How many?", "answer": "4"}, {"question": "How many?", "answer": "4", "id": "b"}]
POOL = [
    solution(1, 0, "4", True, 0.9),
    solution(1, 1, "5", False, 0.5),
    solution(1, 2, "4", True, 0.4),
    solution("b", 0, "7", False, 0.9),
    solution("b", 1, "4", True, 0.2),
    solution("b", 2, "4", True, 0.3),
]


@pytest.fixture
def evaluate(tmp_path, capsys):
    """Run the command on problems and, where given, a pool; return exit code, printed object (None: none), standard error."""

    def run(problems, pool, *options):
        arguments = ["--input", str(write_lines(tmp_path / "problems.jsonl", problems))]
        if pool is not None:
            arguments += ["--pool", str(write_lines(tmp_path / "pool.jsonl", pool))]
        return run_evaluate(capsys, "best-of-n", *arguments, *options)

    return run


def rows_of(tmp_path):
    return [json.loads(line) for line in (tmp_path / "pool.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_search_stands_beside_best_of_n_at_the_same_tokens(evaluate):
    """By hand: 25 and 15 tokens pay for two solutions. Of problem 1 one choice of three is wrong, of b one of three is right."""
    code, found, errors = evaluate(TWO, [*POOL, search(1), search("b", "7", False, 15)], *SEARCH)
    assert code == 0, errors
    (told,) = found["searches"]
    assert (told["width"], told["expansions"], told["against"], told["problems"]) == (2, 2, "prm_mean", 2)
    assert (told["tokens"], told["n"], told["n_tokens"], told["ends_early"]) == (20.0, 2, 20.0, False)
    assert told["accuracy"]["value"] == 0.5
    assert told["best_of_n"]["value"] == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert told["difference"]["value"] == pytest.approx(0.0)
    low, high = told["difference"]["interval"]
    assert low <= 0 <= high
    assert "search 2x2 took 20 tokens a problem on average; Best-of-2 by prm_mean takes as many" in errors
    between = evaluate(TWO, [*POOL, search(1), search("b", "7", False, 13)], *SEARCH)
    assert (
        "search 2x2 took 19 tokens a problem on average; Best-of-1.90 by prm_mean takes as many, "
        "between N = 1, which takes 10, and N = 2, which takes 20" in between[2]
    )
    (told,) = between[1]["searches"]
    assert (told["n"], told["next_n"], told["next_tokens"], told["next_weight"]) == (1, 2, 20.0, pytest.approx(0.9))
    larger = evaluate(TWO, [*POOL, search(1), search("b", "7", False, 99)], *SEARCH)
    assert "the pools have no more solutions: the search had the larger budget" in larger[2]
    assert "searches" not in evaluate(TWO, POOL)[1]


def test_the_table_has_the_search_at_its_n_with_the_tokens(evaluate, tmp_path, capsys):
    evaluate(TWO, [*POOL, search(1), search("b", "7", False, 15)], *SEARCH)
    command = ["evaluate", "best-of-n", "--input", str(tmp_path / "problems.jsonl")]
    command += ["--pool", str(tmp_path / "pool.jsonl"), *SEARCH]
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| n | way | value | sampling_error | tokens | next_weight |"
    assert lines[-3] == "| 2 | search_2x2 | 0.5000 (0.0000, 1.0000) |  | 20.0000 | 0.0000 |"
    assert lines[-2].startswith("| 2 | prm_mean at the tokens of search_2x2 | 0.5000")
    assert lines[-1].startswith("| 2 | search_2x2 - prm_mean | ")
    assert all(line.endswith(" | 10.0000 |  |") for line in lines if line.startswith("| 1 | ")), lines


def test_what_is_undefined_is_null_and_told(evaluate):
    code, found, errors = evaluate(TWO, [*POOL, search(1, tokens=9), search("b", tokens=9)], *SEARCH, "--format", "csv")
    (told,) = found["searches"]
    assert (code, told["n"], told["n_tokens"], told["best_of_n"]["value"]) == (0, None, None, None)
    assert told["accuracy"]["value"] == 1.0
    assert "search 2x2 has no Best-of-N beside it: One solution takes 10 tokens on average" in errors
    uncounted = [{name: value for name, value in row.items() if name != "tokens"} for row in POOL]
    _, found, errors = evaluate(TWO, [*uncounted, search(1), search("b")], *SEARCH)
    assert found["searches"][0]["n"] is None
    assert "were not all counted" in errors


def test_a_pick_that_has_no_verdict_is_graded_and_no_pick_is_wrong(evaluate):
    code, found, _ = evaluate(TWO, [*POOL, search(1, "4.0", None), search("b", None, None, finish=None)], *SEARCH)
    assert (code, found["searches"][0]["accuracy"]["value"]) == (0, 0.5)


def test_problems_without_the_search_are_told_and_others_compared(evaluate):
    code, found, errors = evaluate(TWO, [*POOL, search(1)], *SEARCH)
    assert (code, found["searches"][0]["problems"]) == (1, 1)
    assert "line 2: the pool has no search 2x2 of problem 'b'" in errors
    code, found, _ = evaluate(TWO, [*POOL, search(1)], "--search", "3x2")
    assert (code, found["searches"][0]["problems"], found["searches"][0]["accuracy"]["value"]) == (1, 0, None)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (search(1), "the search 2x2 of problem 1 is there already"),
        ({"problem": 1, "search": "2x2"}, "'search' is not an object"),
        ({"problem": 1, "search": {"width": 2}}, "'search' lacks whole numbers"),
        (search("b", answer=4), "'answer' is 4"),
        (search("b", tokens=-1), "'tokens' is -1"),
        (search("b", steps=[1]), "'steps' is not a list of texts"),
        (search("b", scores=0.5), "'scores' is not a list"),
        (search("b", scores=[2]), "2 is no number in [0, 1]"),
        (search("b", policy=3), "'policy' is int"),
        (search("b", sampling=3), "'sampling' is int"),
        (search("b", finish="later"), "'later' is not a valid FinishReason"),
        (solution("b", 3, "4", True, 0.1, tokens="10"), "'tokens' is '10'"),
    ],
)
def test_a_bad_line_is_told(evaluate, bad, message):
    code, found, errors = evaluate(TWO, [*POOL, search(1), bad], *SEARCH)
    assert (code, found) == (1, None)
    assert message in errors


def test_searches_of_several_models_are_no_one_figure(evaluate):
    other = search("b") | {"search": {"width": 2, "expansions": 2, "model": "other"}}
    code, found, errors = evaluate(TWO, [*POOL, search(1), other], *SEARCH)
    assert (code, found) == (1, None)
    assert "were guided by several models, other and prm" in errors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--policy", "x", "--n", "2", *SEARCH], "A search is guided by scores of steps. Add --reward-model"),
        (["--policy", "x", "--n", "2", *SEARCH, "--reward-model", "y", "--temperature", "0"], "At temperature 0"),
    ],
)
def test_what_cannot_be_searched_is_refused_before_anything_is_loaded(evaluate, options, message):
    code, found, errors = evaluate(TWO, None, *options)
    assert (code, found) == (1, None)
    assert message in errors


@pytest.mark.parametrize(
    ("plan", "message"), [("4", "no WIDTHxEXPANSIONS"), ("0x4", "at least 1"), ("64x4", "at most")]
)
def test_a_search_is_width_and_expansions(evaluate, capsys, plan, message):
    with pytest.raises(SystemExit):
        evaluate(TWO, None, "--search", plan)
    assert message in capsys.readouterr().err


def test_a_policy_that_cannot_go_on_from_a_step_is_refused_before_anything_is_sampled(evaluate):
    with OpenAIServer(Scripted(), owner="somebody") as server:
        options = ["--policy", server.address, "--n", "2", "--reward-model", server.address, *SEARCH]
        code, found, errors = evaluate(TWO, None, *options)
        assert (code, found) == (1, None)
        assert "does not say that it is vLLM" in errors
        assert server.chats() == []


# ---- with models ----


@pytest.fixture(scope="module")
def posed():
    """The embedded examples; their pictures lie beside the file."""
    rows = [json.loads(line) for line in (EXAMPLES / "problems.jsonl").read_text(encoding="utf-8").splitlines()][:3]
    return [row | {"image": str(EXAMPLES / row["image"])} for row in rows]


def test_problems_are_searched_once_and_what_is_there_is_never_done_again(evaluate, posed, tmp_path):
    code, found, errors = evaluate(posed, [], *SAMPLED, *SEARCH)
    assert code == 0, errors
    rows = rows_of(tmp_path)
    searches = [row for row in rows if "search" in row]
    assert [row["problem"] for row in searches] == [1, 2, 3]
    assert all(row["tokens"] > 0 and len(row["scores"]) == len(row["steps"]) for row in searches)
    assert {row["reward_model"].split("@")[0] for row in searches} == {"nano-prm"}
    assert all(row["tokens"] > 0 for row in rows)
    (told,) = found["searches"]
    assert told["tokens"] == sum(row["tokens"] for row in searches) / 3
    assert told["accuracy"]["value"] == sum(row["correct"] for row in searches) / 3
    code, again, errors = evaluate(posed, rows, *SAMPLED, *SEARCH)
    assert (code, again, "searched" in errors) == (0, found, False)
    assert evaluate(posed, rows, *SEARCH)[1] == found  # without models
    # a problem more, with another seed or another model: refused, where it would be mixed
    searched = [row for row in rows if "search" in row]
    for kept in (searched[:-1], searched):
        code, _, errors = evaluate(
            posed, [row for row in rows if row not in searched] + kept, *SAMPLED, *SEARCH, "--seed", "9"
        )
        assert (code, "was written by 'nano-policy@" in errors) == (1, True)


@pytest.mark.parametrize(
    ("kept", "options", "message"),
    [
        ({"policy": "other@1"}, (), "was done by 'other@1' under None"),
        ({"reward_model": "other@1"}, (), "was done by None under 'other@1'"),
        ({"sampling": {"seed": 9}}, (), "with {'seed': 9}, not by"),
        ({"reward_model": "nano-prm@REVISION"}, ("--max-steps", "3"), "+max_steps=3' with"),
        ({"reward_model": "nano-prm@REVISION+max_steps=none"}, (), "+max_steps=none' with"),
        ({"reward_model": "nano-prm@REVISION"}, (), None),
        ({"reward_model": "nano-prm@REVISION+max_steps=none"}, ("--max-steps", "none"), None),
        ({}, (), None),
    ],
)
def test_a_finished_pools_searches_are_reported_under_what_did_them_alone(evaluate, kept, options, message):
    """They were reported under any models and sampling, as nothing was compared where nothing was lacking."""
    kept = {name: revised(value) if isinstance(value, str) else value for name, value in kept.items()}
    pool = [*POOL, search(1, **kept), search("b", **kept)]
    code, found, errors = evaluate(TWO, pool, *SAMPLED, *SEARCH, *options)
    assert (code, found is None) == ((0, False) if message is None else (1, True)), errors
    assert message is None or message in errors


@pytest.mark.parametrize(
    ("kept", "options", "message"),
    [
        ({"policy": "other@1"}, (), "draw 0 of problem 1 was written by 'other@1'"),
        ({"sampling": {"temperature": 0.7}}, ("--temperature", "0.9"), "with {'temperature': 0.7}, not by"),
        ({"reward_models": {"prm": "other@1"}}, (), "'prm' of problem 1 are those of 'other@1'"),
        ({"reward_models": {"prm": "nano-prm@REVISION"}}, ("--max-steps", "3"), "are those of 'nano-prm@"),
        ({"reward_models": {"prm": "nano-prm@REVISION"}, "sampling": {"temperature": 0.7}}, (), None),
    ],
)
def test_a_finished_pool_is_reported_under_what_made_it_alone(evaluate, kept, options, message):
    """So were its solutions and scores."""
    kept = json.loads(revised(json.dumps(kept)))
    code, found, errors = evaluate(TWO, [{**each, **kept} for each in POOL], *SAMPLED, *options)
    assert (code, found is None) == ((0, False) if message is None else (1, True)), errors
    assert message is None or message in errors


def revised(text):
    return text.replace("nano-prm@REVISION", identify(str(DEFAULT_REWARD_MODEL)))


@pytest.mark.kills
def test_a_killed_run_goes_on_behind_the_last_search(evaluate, posed, tmp_path, capsys):
    problems = [row | {"id": f"{at}"} for at, row in enumerate(posed * 4)]
    options = [*SAMPLED, *SEARCH]
    _, expected, _ = evaluate(problems, [], *options)
    path = tmp_path / "pool.jsonl"
    whole = path.read_text(encoding="utf-8")
    path.unlink()
    arguments = ["evaluate", "best-of-n", "--input", str(tmp_path / "problems.jsonl"), "--pool", str(path), *options]
    kept = kill_once_written(arguments, path, b'"search": {')
    assert 0 < kept.count(b'"search": {') < len(problems)
    assert main([*arguments, "--json"]) == 0
    printed = capsys.readouterr()
    assert "sampled" not in printed.err
    assert json.loads(printed.out.splitlines()[-1]) == expected
    assert path.read_text(encoding="utf-8") == whole
