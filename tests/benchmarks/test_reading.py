"""The benchmark of reading a labelled store fills a store that is sound, and reads all of it."""

from pathlib import Path

from benchmarks.reading import fill, read
from storage import open_store
from storage.formats import visualprocessbench


def test_everything_is_read(tmp_path: Path):
    with open_store(tmp_path / "data") as store:
        queue = fill(store, 40)
        figures = read(store, queue, tmp_path)
        assert store.labelling.get_queue(queue, "me").queue.total == 40
    assert len(list(visualprocessbench.read(tmp_path / "out"))) == 40
    assert all(value > 0 for value in figures.values())
