"""``python -m engine answers``: its lines, its exit codes, its messages."""

import json

import pytest

from engine.__main__ import main


@pytest.fixture
def answers(tmp_path, capsys):
    """Run ``answers`` on lines; return exit code, output rows and standard error."""

    def run(*lines):
        source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        written = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        source.write_text("\n".join(written) + "\n", encoding="utf-8")
        code = main(["answers", "--input", str(source), "--output", str(target)])
        return code, [json.loads(line) for line in target.read_text("utf-8").splitlines()], capsys.readouterr().err

    return run


def test_responses_and_answers_are_read_and_graded(answers):
    question = "How long?\n(A) 12 cm\n(B) 16 cm"
    code, rows, _ = answers(
        {"id": 1, "response": "Adding.\n\n**Correct Option: B. 16 cm**", "reference": "B"},
        {"id": "x", "response": {"steps": ["Adding.", r"So $\boxed{\frac{1}{2}}$."]}, "reference": "0.5"},
        {"id": None, "response": "I cannot tell.", "reference": "5"},
        {"id": 4, "answer": "16 cm", "reference": "B", "question": question},
        {"id": 5, "answer": "$12$ cm"},
        {"id": 6, "answer": None, "reference": "5"},
        {"id": 7, "response": r"Final answer: $\boxed{5}$ or $\boxed{6}$", "reference": "6, 5"},
    )
    assert code == 0
    assert rows == [
        {"id": 1, "answer": "B", "equal": True},
        {"id": "x", "answer": r"\frac{1}{2}", "equal": True},
        {"id": None, "answer": None, "equal": False},
        {"id": 4, "answer": "16 cm", "equal": True},
        {"id": 5, "answer": "12 cm", "equal": None},
        {"id": 6, "answer": None, "equal": False},
        {"id": 7, "answer": "5, 6", "equal": True},
    ]


def test_a_bad_line_is_named_and_the_others_are_answered(answers):
    code, rows, said = answers(
        {"id": 1, "answer": "5"},
        "not json",
        "[1]",
        {"answer": "5"},
        {"id": 5},
        {"id": 6, "answer": True},
        {"id": 7, "response": {"steps": [1]}},
        {"id": 8, "response": "x", "answer": "5"},
        "",
        '{"id": 10, "answer": "\\ud800"}',
        {"id": 11, "answer": "6"},
    )
    assert code == 1
    assert [row["id"] for row in rows] == [1, 11]
    assert [line.split(":")[0] for line in said.splitlines() if line.startswith("line")] == [
        f"line {number}" for number in (2, 3, 4, 5, 6, 7, 8, 10)
    ]
    assert "'reference'" in said
    assert said.splitlines()[-1] == "answered 2 of 10"


def test_a_number_is_read_as_it_is_written(answers):
    code, rows, _said = answers(
        {"id": 1, "answer": 5, "reference": "5"},
        {"id": 2, "response": "The answer is 2.50.", "reference": 2.5},
        {"id": 3, "response": "The answer is 2.", "reference": -2},
    )
    assert (code, [(row["answer"], row["equal"]) for row in rows]) == (0, [("5", True), ("2.50", True), ("2", False)])


def test_an_empty_file_is_an_empty_file(answers):
    assert answers()[:2] == (0, [])


def test_what_cannot_be_read_or_written_is_an_error(tmp_path, capsys):
    source = tmp_path / "in.jsonl"
    assert main(["answers", "--input", str(source), "--output", str(tmp_path / "out.jsonl")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()
    source.write_text('{"id": 1, "answer": "5"}\n')
    assert main(["answers", "--input", str(source), "--output", str(source)]) == 1
    assert "would replace the input" in capsys.readouterr().err
    assert main(["answers", "--input", str(source), "--output", str(tmp_path / "no" / "out.jsonl")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_only_the_report_is_on_standard_output(tmp_path, capsys):
    """``answers`` had no ``--json``, alone among the commands, and said nothing until it was through a long file."""
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": 1, "answer": "5"}\nnot json\n', encoding="utf-8")
    assert main(["answers", "--input", str(source), "--output", str(target), "--json"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"answered": 1, "failed": 1, "output": str(target)}
    assert "2 lines tried" in printed.err
