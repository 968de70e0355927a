"""The benchmark of datasets in and out imports, lists and exports a small one."""

from pathlib import Path

from benchmarks.transfer import measure


def test_everything_goes_in_and_out(tmp_path: Path):
    figures = measure(tmp_path, 40, 2)
    rates = {
        f"{what}_per_{of}second"
        for what in ("import_solutions", "listing_solutions", "export_rows")
        for of in ("", "cpu_")
    }
    assert set(figures) >= {*rates, "import_peak_mib", "page_p95_ms"}
    assert all(value > 0 for value in figures.values())
    assert len((tmp_path / "out" / "test.jsonl").read_text(encoding="utf-8").splitlines()) == 40
