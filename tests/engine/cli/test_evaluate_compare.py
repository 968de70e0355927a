"""``python -m engine evaluate compare``: paired figures of two pools by hand, what is left out, what is refused.

Covers engine/cli/evaluate_compare.py.
"""

import pytest

from engine.__main__ import main
from tests.engine.cli.test_evaluate_pools import problem, solution
from tests.support.evaluate_command import run_evaluate, write_lines

A = [
    solution(1, 0, "4", True, {"prm": [0.9]}),
    solution(1, 1, "5", False, {"prm": [0.1]}),
    solution(2, 0, "5", False, {"prm": [0.9]}),
    solution(2, 1, "4", True, {"prm": [0.1]}),
]
B = [
    solution(1, 0, "4", True, {"other": [0.9], "third": [0.1]}),
    solution(1, 1, "5", False, {"other": [0.1], "third": [0.9]}),
    solution(2, 0, "4", True, {"other": [0.9], "third": [0.1]}),
    solution(2, 1, "5", False, {"other": [0.1], "third": [0.9]}),
    solution(3, 0, "4", True, {"other": [0.9]}),
]


@pytest.fixture
def compare(tmp_path, capsys):
    """Run the command on two pools; return exit code, printed object (None: none) and standard error."""

    def run(a, b, *options, problems=3):
        files = {"input": [problem() for _ in range(problems)], "pool": a, "against": b}
        arguments = [
            part
            for name, rows in files.items()
            for part in (f"--{name}", str(write_lines(tmp_path / f"{name}.jsonl", rows)))
        ]
        return run_evaluate(capsys, "compare", *arguments, *options)

    return run


def test_two_pools_made_by_hand(compare):
    """Of two: a is right on the first problem, b on both; of one the chances are those of one draw."""
    code, found, errors = compare(A, B)
    assert (code, found["problems"], found["only_in_a"], found["only_in_b"]) == (0, 2, 0, 1)
    assert "2 problems in common; 0 only in the first, 1 only in the second" in errors
    assert "a chooses by prm" in errors
    assert "b chooses by other" in errors
    assert list(found["points"]) == ["1", "2"]
    mean = found["points"]["2"]["mean"]
    assert (mean["a"]["value"], mean["b"]["value"], mean["difference"]["value"]) == (0.5, 1.0, 0.5)
    assert mean["difference"]["interval"] == [0.0, 1.0]
    assert found["points"]["1"]["mean"]["difference"]["value"] == 0.0
    assert found["points"]["2"]["oracle"]["difference"] == {"value": 0.0, "interval": [0.0, 0.0]}


def test_a_model_is_named_by_its_name_in_the_file(compare):
    _code, found, _errors = compare(A, B, "--against-model", "third")
    assert found["points"]["2"]["mean"]["difference"]["value"] == -0.5
    code, found, errors = compare(A, B, "--model", "other")
    assert (code, found) == (1, None)
    assert "No solution has scores of 'other'. Name one of prm." in errors


def test_a_model_that_has_not_scored_all_does_not_choose(compare):
    """A half-scored pool was shown as a significant loss, with exit code 0: its solutions without scores were never picked."""
    pool = [
        solution(at, draw, "4" if right else "5", right, {"prm": [0.9 if right else 0.1]})
        for at in range(1, 41)
        for draw, right in enumerate((True, False))
    ]
    half = [each if each["problem"] <= 20 else {**each, "scores": {}} for each in pool]
    code, found, errors = compare(pool, half, problems=40)
    assert (code, list(found["points"]["2"])) == (1, ["self_consistency", "random", "oracle"])
    assert "no model has scored all 80 solutions that are compared ('prm' lacks those of 40)" in errors
    assert "b chooses by no model" in errors
    code, found, errors = compare(pool, half, "--against-model", "prm", problems=40)
    assert (code, found) == (1, None)
    assert "'prm' has not scored 40 of the 80 solutions" in errors
    code, found, errors = compare(pool, half, "--without-models", problems=40)
    assert (code, list(found["points"]["2"])) == (0, ["self_consistency", "random", "oracle"]), errors


def test_what_a_model_gave_no_scores_of_is_its_own_failure(compare):
    """The page's own files were refused, as if the solutions had yet to be scored, while the page had figures of them."""
    failed = [{**each, "scores": {}, "unscored": {"prm": "It computed no number."}} for each in A[:1]]
    code, found, errors = compare(A, [*failed, *A[1:]])
    assert code == 0, errors
    assert "b chooses by prm" in errors
    assert found["points"]["2"]["mean"]["b"]["value"] is not None


def test_the_first_model_that_has_scored_all_chooses(compare):
    """Solutions that were cut off, and problems that only one pool has, need no scores."""
    partly = [{**B[0], "scores": {"third": [0.1]}}, *B[1:4], solution(1, 2, None, False, finish="length"), B[4]]
    code, found, errors = compare(A, partly)
    assert (code, found["points"]["2"]["mean"]["b"]["value"]) == (0, pytest.approx(1 / 6))
    assert "b chooses by third" in errors


def test_pools_are_compared_by_the_protocol_that_they_were_sampled_for(compare):
    """Under greedy-first a pool that was sampled for iid gave the accuracy of its first draws as that of greedy solutions."""
    sampled = [{**each, "sampling": {"temperature": 0.7}} for each in B]
    greedy = [{**each, "sampling": {"temperature": 0.7 if each["draw"] else 0.0}} for each in A]
    code, found, errors = compare(greedy, sampled, "--protocol", "greedy-first")
    assert (code, found) == (1, None)
    assert (
        "against.jsonl': the first solution of problem 1 is not greedy: it was not sampled for the protocol" in errors
    )
    code, found, errors = compare(greedy, sampled)
    assert (code, found, "pool.jsonl': the first solution of problem 1 is greedy" in errors) == (1, None, True)
    assert compare(greedy, greedy, "--protocol", "greedy-first")[0] == 0
    alone = [{**each, "sampling": {"temperature": 0.0}} for each in A if each["draw"] == 0]
    assert compare(alone, alone)[0] == 0, "greedy throughout is the same under both"
    assert compare(A, B, "--protocol", "greedy-first")[0] == 0, "files may not say how they were sampled"


def test_models_are_named_or_left_out(compare):
    code, found, errors = compare(A, B, "--without-models", "--model", "prm")
    assert (code, found, "not both" in errors) == (1, None, True)


def test_pools_without_scores_are_compared_by_what_needs_none(compare):
    bare = [{**each, "scores": {}} for each in A]
    _code, found, errors = compare(bare, B)
    assert list(found["points"]["2"]) == ["self_consistency", "random", "oracle"]
    assert "a chooses by no model" in errors


def test_pools_of_other_problems_are_refused(compare, tmp_path, capsys):
    code, found, errors = compare(A, B[-1:])
    assert (code, found, "no problem of" in errors) == (1, None, True)
    arguments = ["--input", str(tmp_path / "input.jsonl"), "--pool", str(tmp_path / "pool.jsonl")]
    assert main(["evaluate", "compare", *arguments, "--against", str(tmp_path / "gone.jsonl")]) == 1
    assert "There is no file" in capsys.readouterr().err


def test_people_read_a_table(tmp_path, capsys):
    paths = {
        "input": write_lines(tmp_path / "input.jsonl", [problem(), problem()]),
        "pool": write_lines(tmp_path / "a.jsonl", A),
        "against": write_lines(tmp_path / "b.jsonl", B),
    }
    assert (
        main(["evaluate", "compare", *(part for name, path in paths.items() for part in (f"--{name}", str(path)))]) == 0
    )
    assert "| 2 | mean | 0.5000 | 1.0000 | 0.5000 | 0.0000 to 1.0000 |" in capsys.readouterr().out
