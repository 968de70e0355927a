"""python -m storage delete: says what goes, asks, and deletes it."""

import io
import json
import sys
from pathlib import Path

import pytest

from engine.domain import Run
from storage import (
    Store,
)
from storage.__main__ import main
from tests.support.store_deletion import (
    AddRun,
    count_rows,
)


def command(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, object]]:
    code = main([*map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.mark.sqlite
def test_the_command_says_what_goes_and_deletes_it(
    store: Store, busy_run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    it = ("delete", "run", busy_run.id, "--data-dir", store.data_dir)
    code, told = command(capsys, *it, "--dry-run")
    assert (code, told["name"], told["labels"], told["people"], told["queues"][1]["tasks"]) == (
        0,
        "How many?",
        13,
        5,
        4,
    )  # type: ignore[index]
    code, refused = command(capsys, *it, "--yes")
    assert (code, str(refused["error"]).startswith("13 labels of 5 people hang on this run")) == (2, True)
    code, refused = command(capsys, *it, "--labels", "--name", "How many?")
    assert (code, "--yes" in str(refused["error"])) == (2, True), "nobody is there to be asked"
    words = str(told["export"]).replace("OUT/", f"{tmp_path}/OUT").split()[3:]
    assert main(words) == 0, "it names the data folder"
    assert (
        len((tmp_path / "OUT" / "test.jsonl").read_text().splitlines()) == 6
    )  # everybody's, the file's, the rollouts'
    capsys.readouterr()
    code, done = command(capsys, *it, "--labels", "--name", "How many?", "--yes")
    assert (code, done["deleted"], done["solutions"]) == (0, True, 4)
    assert command(capsys, *it, "--yes")[0] == 2
    code, log = command(capsys, "people", "log", "--data-dir", store.data_dir)
    assert log["events"][0]["by"] == "command line"  # type: ignore[index]


@pytest.mark.sqlite
@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("\n", 2), ("n\n", 2)])
def test_the_command_asks_on_a_terminal(
    store: Store,
    add_run: AddRun,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    code: int,
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    run = add_run()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert main(["delete", "run", run.id, "--data-dir", str(store.data_dir)]) == code
    printed = capsys.readouterr()
    assert "solutions: 2" in printed.out
    assert "[y/N]" in printed.err
    assert (count_rows(store)["runs"] == 0) == (code == 0)
