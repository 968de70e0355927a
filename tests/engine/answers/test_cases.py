"""Pairs of answers, and responses, with whether they are to be equal: ``tests/cases/answers.jsonl``.

Covers engine/answers/.
"""

import json
from pathlib import Path

import pytest

from engine.answers import answers_equal, read_answer

ROWS = [json.loads(line) for line in Path("tests/cases/answers.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['kind']} {row['id']}")
def test_answers_are_equal_where_they_should_be(row):
    answer = row["answer"] if "answer" in row else read_answer(row["response"])
    question = row.get("question")
    assert (answer is not None and answers_equal(answer, row["reference"], question=question)) == row["equal"], answer
    if answer is not None:
        assert answers_equal(row["reference"], answer, question=question) == row["equal"]
