"""Every row in docs/formats.md is read or written by the code as it stands there."""

import json
import re
import shutil

import pytest

from engine.__main__ import main as engine
from storage.formats import solutions, visualprocessbench
from storage.formats.lines import as_json_line
from storage.formats.rows import Row
from storage.transfer import full_rows
from storage.transfer.exporting import WRITTEN
from storage.transfer.registry import FORMATS
from tests.support.pages import ROOT, blocks, read

PAGE = read("docs/formats.md")
LABELLED, UNLABELLED, RESPONSE, SCORED, *OTHERS, PROBLEM, POOL, SEARCH = (
    block.strip() for block in blocks(PAGE, "json")
)
NAMES = ("visualprm400k", "visualprm400k-raw", "trl", "prm800k", "processbench")
EXAMPLES = ROOT / "nano" / "examples"


def test_the_labelled_solution_is_read_and_written_as_it_stands(tmp_path):
    (tmp_path / "test.jsonl").write_text(LABELLED + "\n", encoding="utf-8")
    (row,) = visualprocessbench.read(tmp_path)
    assert visualprocessbench.as_line(row) == LABELLED + "\n"


def test_the_solution_without_labels_is_read_as_it_stands():
    row = solutions.as_row(json.loads(UNLABELLED))
    assert (row.process_correctness, len(row.steps), row.kept_fields) == (None, 4, {"id": "a"})


@pytest.mark.slow
def test_the_response_is_scored_as_shown(tmp_path):
    shutil.copytree(EXAMPLES / "images", tmp_path / "images")
    (tmp_path / "in.jsonl").write_text(RESPONSE + "\n", encoding="utf-8")
    assert engine(["score", "--input", str(tmp_path / "in.jsonl"), "--output", str(tmp_path / "out.jsonl")]) == 0
    scored, shown = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8")), json.loads(SCORED)
    assert (scored["id"], len(scored)) == (shown["id"], len(shown))
    assert scored["score"] == pytest.approx(shown["score"], abs=1e-3)
    for actual, expected in zip(scored["step_scores"], shown["step_scores"], strict=True):
        assert actual == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(("name", "line"), list(zip(NAMES, OTHERS, strict=True)), ids=NAMES)
def test_the_row_of_a_format_is_read_and_written_as_it_stands(name, line):
    row = FORMATS[name].as_row(json.loads(line))
    assert isinstance(row, Row)
    assert as_json_line(FORMATS[name].as_value(row)) == line + "\n"


def test_every_format_has_a_line_of_the_table():
    named = re.findall(r"^\| \[`([a-z0-9-]+)`\]", PAGE, re.MULTILINE)
    assert sorted(named) == sorted({*FORMATS, *WRITTEN, full_rows.NAME})


def test_the_problem_is_one_of_the_examples():
    assert PROBLEM in (EXAMPLES / "problems.jsonl").read_text(encoding="utf-8").splitlines()


def test_the_pool_is_evaluated_as_shown(tmp_path, capsys):
    (tmp_path / "pool.jsonl").write_text(f"{POOL}\n{SEARCH}\n", encoding="utf-8")
    problems = tmp_path / "problems.jsonl"
    problems.write_text(PROBLEM + "\n", encoding="utf-8")
    command = ["evaluate", "best-of-n", "--input", str(problems), "--pool", str(tmp_path / "pool.jsonl")]
    assert engine([*command, "--search", "2x2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["curve"]["1"]["prm_mean"]["value"] == 1.0
    assert (found["searches"][0]["tokens"], found["searches"][0]["n_tokens"]) == (150.0, 37.0)
