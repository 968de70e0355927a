"""``python -m engine evaluate compare-steps``: paired figures of two files of scores by hand, what is left out, what is refused.

Covers engine/cli/evaluate_compare_steps.py.
"""

import pytest

from engine.__main__ import main
from tests.engine.cli.test_evaluate_steps import row
from tests.support.evaluate_command import run_evaluate, write_lines

ROWS = [
    row([1, -1], identity="x", question="one", source="first"),
    row([1, -1, 0], identity="y", question="two", source="a | b"),
    row([1], identity="z", question="three", source="first"),
]


def scores(identity, *values, model="m"):
    groups = [{"first": at, "last": at, "score": value} for at, value in enumerate(values)]
    return {"id": identity, "step_scores": groups, "reward_model": model}


A = [scores("x", 0.9, 0.9), scores("y", 0.9, 0.1, 0.5), scores("z", 0.2)]
B = [scores("x", 0.9, 0.2, model="other"), scores("y", 0.6, 0.3, 0.5, model="other")]


@pytest.fixture
def files(tmp_path):
    def write(a=A, b=B):
        named = {"input": ROWS, "scores": a, "against": b}
        return [
            part
            for name, lines in named.items()
            for part in (f"--{name}", str(write_lines(tmp_path / f"{name}.jsonl", lines)))
        ]

    return write


def test_two_files_of_scores_made_by_hand(files, capsys):
    """Of x and y, four steps count: a takes one wrong step for right, b none. z has no score of b."""
    code, found, errors = run_evaluate(capsys, "compare-steps", *files())
    assert (code, found["problems"], found["solutions"], found["only_in_a"], found["only_in_b"]) == (0, 2, 2, 1, 0)
    assert "2 solutions in common; 1 only in the first, 0 only in the second" in errors
    assert "a: m" in errors
    assert "b: other" in errors
    macro = found["macro_f1"]
    assert macro["steps"] == 4
    assert macro["a"]["value"] == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert macro["b"]["value"] == 1.0
    assert macro["difference"]["value"] == pytest.approx(1 - (4 / 5 + 2 / 3) / 2)
    assert macro["difference"]["interval"][0] == 0.0
    assert set(found["sources"]) == {"first", "a | b"}
    assert found["sources"]["a | b"]["difference"]["value"] == 0.0
    assert list(found["positions"]) == ["1", "2"]
    assert [found[name] for name in ("both_right", "only_a_right", "only_b_right", "both_mistaken")] == [3, 0, 1, 0]
    assert sum(each["steps"] for each in found["grid"]) == 4


def test_each_side_has_its_threshold(files, capsys):
    _code, found, _errors = run_evaluate(
        capsys, "compare-steps", *files(), "--threshold", "0.95", "--against-threshold", "0.6"
    )
    assert (found["both_right"], found["only_b_right"]) == (2, 1)
    with pytest.raises(SystemExit):
        main(["evaluate", "compare-steps", *files(), "--threshold", "1.5"])


def test_the_table_is_for_people(files, capsys):
    assert main(["evaluate", "compare-steps", *files()]) == 0
    printed = capsys.readouterr().out
    assert "| macro-F1 | 4 | 0.7333 | 1.0000 | 0.2667 | 0.0000 to" in printed
    assert "| macro-F1, a \\| b |" in printed
    assert "both right 3, only a 0, only b 1, neither 0" in printed


def test_a_source_makes_no_element_and_no_link_of_the_table(files, capsys, tmp_path):
    """Only its end of a cell was escaped."""
    arguments = files()
    source = "<b>www.evil.example</b> a@b.example \u202e"
    write_lines(tmp_path / "input.jsonl", [row([1, -1], identity="x", question="one", source=source)])
    assert main(["evaluate", "compare-steps", *arguments]) == 0
    assert r"| macro-F1, \<b>www`.`evil.example\</b> a`@`b.example " + "\ufffd |" in capsys.readouterr().out


def test_what_cannot_be_compared_is_refused(files, capsys):
    code, found, errors = run_evaluate(capsys, "compare-steps", *files(b=[scores("q", 0.5)]))
    assert (code, found, "have scores of no solution" in errors) == (1, None, True)
    code, found, errors = run_evaluate(
        capsys, "compare-steps", *files(b=[scores("x", 0.5), scores("y", 0.5, 0.5, 0.5)])
    )
    assert (code, found["solutions"]) == (1, 1)
    assert "its scores are of 1 steps, and the solution has 2" in errors
    code, _found, errors = run_evaluate(capsys, "compare-steps", *files()[:4], "--against", "nowhere.jsonl")
    assert (code, "There is no file 'nowhere.jsonl'" in errors) == (1, True)
