"""Published VisualProcessBench rows, whose final answers were read by eye. They stay outside the repository.

Covers engine/answers/.
"""

import json
import os
from pathlib import Path

import pytest

from engine.answers import answers_equal, bare_answer, read_answer

CHECKOUT = Path(__file__).resolve().parents[3]
NEAR = [parent / "shared" / "real" for parent in CHECKOUT.parents[:2]]
FOLDER = Path(os.environ.get("VISUALPRM_REAL_ROWS") or next((each for each in NEAR if each.exists()), NEAR[0]))


def read_lines(name: str) -> list[dict]:
    path = FOLDER / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


EXPECTED = read_lines("expected_answers.jsonl")


@pytest.mark.skipif(not EXPECTED, reason=f"no rows in {FOLDER}; name their folder in VISUALPRM_REAL_ROWS")
def test_final_answers_of_published_solutions():
    rows = read_lines("visualprocessbench_rows.jsonl")
    assert len(rows) == len(EXPECTED)
    for row, expected in zip(rows, EXPECTED, strict=True):
        answer = read_answer("\n\n".join(row["response"]["steps"]))
        assert (None if answer is None else bare_answer(answer)) == expected["answer"], expected["row"]
        equal = None if answer is None else answers_equal(answer, row["answer"], question=row["question"])
        assert equal == expected["equal_to_reference"], expected["row"]
