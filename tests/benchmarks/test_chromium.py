"""Which browser drives the pages, of those that a machine has."""

from benchmarks.chromium import find_system_chromium


def test_the_one_without_windows_is_taken_before_others(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_system_chromium() is None
    for name in ("chromium", "chromium-headless-shell"):
        program = tmp_path / name
        program.touch()
        program.chmod(0o755)
        assert find_system_chromium() == str(program)
