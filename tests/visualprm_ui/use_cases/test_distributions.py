"""Steps as the store keeps them become rows of a frame."""

from pathlib import Path

from engine.domain import Label
from engine.evaluation.agreement import LATER
from storage import ListedSteps
from storage.results.step_cells import LAST_PLACE, write_cells
from visualprm_ui.use_cases.distributions import as_frame, distributions_of

ROOT = Path(__file__).parents[3]


def test_every_step_is_a_row_with_its_place():
    cells = " ".join(
        [write_cells((Label.CORRECT, None), (0.99, 0.0)), write_cells((), ()), write_cells((Label.WRONG,), (None,))]
    )
    assert as_frame(cells).to_dict("list") == {"place": [0, 1, 0], "label": [1, 2, -1], "bin": [19, 0, -1]}


def test_late_steps_are_counted_together():
    cells = write_cells((Label.NEUTRAL,) * 20, (0.5,) * 20)
    found = distributions_of(ListedSteps(total=1, all=1, cells=cells, seconds=()))
    assert [each.neutral for each in found.by_place] == [1] * LATER + [20 - LATER]


def test_nothing_is_a_frame_without_rows():
    found = distributions_of(ListedSteps(total=0, all=5, cells="", seconds=()))
    assert (found.by_place, found.by_score, found.times) == ((), None, None)


def test_the_last_place_is_that_of_the_figures_of_evaluations_and_of_the_pages() -> None:
    """A link from a figure's place 11+ asked Dataset for the 11th step alone, whose last place was the 12th."""
    page = (ROOT / "visualprm_ui/components/dataset_board/browse_query.js").read_text(encoding="utf-8")
    assert LAST_PLACE == LATER
    assert f"export const LAST_PLACE = {LATER};" in page
