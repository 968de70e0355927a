"""Steps as the store keeps them become rows of a frame."""

from engine.domain import Label
from storage import ListedSteps
from storage.results.step_cells import write_cells
from visualprm_ui.use_cases.distributions import as_frame, distributions_of


def test_every_step_is_a_row_with_its_place():
    cells = " ".join(
        [write_cells((Label.CORRECT, None), (0.99, 0.0)), write_cells((), ()), write_cells((Label.WRONG,), (None,))]
    )
    assert as_frame(cells).to_dict("list") == {"place": [0, 1, 0], "label": [1, 2, -1], "bin": [19, 0, -1]}


def test_late_steps_are_counted_together():
    cells = write_cells((Label.NEUTRAL,) * 20, (0.5,) * 20)
    found = distributions_of(ListedSteps(total=1, all=1, cells=cells, seconds=()))
    assert [each.neutral for each in found.by_place] == [1] * 11 + [9]


def test_nothing_is_a_frame_without_rows():
    found = distributions_of(ListedSteps(total=0, all=5, cells="", seconds=()))
    assert (found.by_place, found.by_score, found.times) == ((), None, None)
