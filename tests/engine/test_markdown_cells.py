"""Text of anybody in cells of Markdown tables, by the cases that the pages' half is held to as well.

Covers engine/markdown_cells.py.
"""

import json
from pathlib import Path

import pytest

from engine.markdown_cells import markdown_cell

CASES = json.loads((Path(__file__).parents[1] / "cases" / "markdown_cells.json").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["about"] for case in CASES])
def test_the_cases_of_both_halves(case) -> None:
    assert markdown_cell(case["text"]) == case["cell"]
