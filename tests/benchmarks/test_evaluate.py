"""The benchmark of evaluation finds its figures equal to independent ones, on few problems."""

from benchmarks.evaluate import QUICK, measure


def test_all_figures_are_there_and_equal_independent_ones():
    figures = measure(QUICK)
    assert figures["steps_max_difference"] < 1e-9
    assert figures["pools_max_difference"] < 1e-9
    assert (figures["solutions"], figures["problems"], figures["pool"], figures["scored_solutions"]) == (60, 12, 16, 10)
    assert 0 < figures["nano_macro_f1"] <= 1
    assert all(value > 0 for name, value in figures.items() if name.endswith(("seconds", "per_second")))
