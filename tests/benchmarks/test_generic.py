import torch

from benchmarks.generic import ROWS, Pair, measure, summary, write_text_model
from benchmarks.midsize import SIZES


def test_both_ways_write_the_same(tmp_path):
    quick = SIZES["quick"]
    write_text_model(tmp_path, quick)
    figures = measure(tmp_path, quick, torch.device("cpu"), pairs=2)
    for rows in ROWS:
        found = figures[f"rows_{rows}"]
        assert (found["texts_equal"], found["pairs"]) == (True, 2)
        assert found["least"] <= found["overhead"] <= found["most"]
        assert min(found["seconds"].values()) > 0


def test_an_overhead_is_the_median_of_what_pairs_say():
    """Not of sums: on a busy machine one slow pair would decide."""
    pairs = [Pair(ours=ours, generate=2.0, texts_equal=ours < 9) for ours in (2.2, 2.0, 10.0)]
    found = summary(pairs)
    assert (round(found["overhead"], 6), found["least"], found["most"]) == (0.1, 0.0, 4.0)
    assert found["seconds"] == {"ours": 2.2, "generate": 2.0}
    assert not found["texts_equal"]
