"""Import of rows in the format of VisualProcessBench: which go in, which are refused, and where.

Covers storage/formats/fields.py.
"""

import json
import os
from pathlib import Path

import pytest

from engine.domain import Label
from storage import BadFile, Store, open_store
from storage.formats import visualprocessbench as vpb
from storage.formats.fields import MAX_IMAGES, MAX_STEP, MAX_STORED_STEPS, MAX_TEXT
from storage.store import DATABASE
from storage.transfer import importing
from storage.transfer.exporting import export_visualprocessbench
from storage.transfer.importing import ImportOptions, import_any, import_file, import_visualprocessbench


def test_bad_lines_are_named_and_the_good_ones_go_in(store: Store, tmp_path: Path, png: bytes) -> None:
    (tmp_path / "a.png").write_bytes(png)
    (tmp_path / "b.png").write_bytes(png[:30])
    good = {
        "image": ["a.png"],
        "question": "q",
        "answer": None,
        "response": {"steps": ["s"], "process_correctness": [0]},
        "policy_model": "p",
        "data_source": None,
    }
    lines = [
        good,
        good | {"image": ["../a.png"]},
        good | {"image": ["b.png"]},
        good | {"image": ["missing.png"]},
        good | {"image": "a.png"},
        good | {"question": 3},
        good | {"response": {"steps": ["s"], "process_correctness": [1, 1]}},
        good | {"response": {"steps": ["s"], "process_correctness": [True]}},
        good | {"response": {"steps": ["s"], "process_correctness": [2]}},
        good | {"response": {"steps": [], "process_correctness": []}},
        {key: value for key, value in good.items() if key != "policy_model"},
        [],
        good | {"question": "another"},
    ]
    text = "\n".join(json.dumps(line) for line in lines) + "\n\n{not json\n" + "[" * 100_000 + "\n"
    (tmp_path / "test.jsonl").write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\xff\xfe\n")
    report = import_visualprocessbench(store, tmp_path)
    assert report.added == 2
    assert [bad.line for bad in report.errors] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 17]
    assert report.errors[9].reason == "The field 'policy_model' is missing."
    with pytest.raises(BadFile, match="line 5"):
        list(vpb.read(tmp_path))
    with pytest.raises(BadFile, match="no file"):
        import_visualprocessbench(store, tmp_path / "nowhere")


def a_row(question: str = "q", steps: tuple[str, ...] = ("s",)) -> dict[str, object]:
    response = {"steps": list(steps), "process_correctness": [1] * len(steps)}
    return {
        "image": [],
        "question": question,
        "answer": None,
        "response": response,
        "policy_model": "p",
        "data_source": None,
    }


def test_lines_that_contradict_each_other_are_counted(store: Store, tmp_path: Path) -> None:
    """Of two lines with the same steps the later labels counted, and both were told as added."""
    rows = [a_row(), a_row("another"), a_row(), a_row()]
    rows[2]["response"] = rows[3]["response"] = {"steps": ["s"], "process_correctness": [-1]}
    (tmp_path / "test.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    report = import_visualprocessbench(store, tmp_path)
    assert (report.added, report.unchanged, report.conflicting, len(report.solutions)) == (3, 1, 1, 2)
    export_visualprocessbench(store, tmp_path / "out")
    assert [row.process_correctness for row in vpb.read(tmp_path / "out")] == [(Label.WRONG,), (Label.CORRECT,)]


def test_a_row_too_large_for_a_page_is_refused_and_the_next_one_read(store: Store, tmp_path: Path) -> None:
    """A question of 20 MB, or 20,000 steps, went in: Browse answered 20 MB, and the queue could not be opened."""
    rows = [
        a_row("q" * MAX_TEXT, ("s",) * MAX_STORED_STEPS),
        a_row("q" * (MAX_TEXT + 1)),
        a_row(steps=("s", "s" * (MAX_STEP + 1))),
        a_row(steps=("s",) * 20_000),
        a_row() | {"policy_model": "p" * (MAX_TEXT + 1)},
        a_row() | {"image": ["a.png"] * (MAX_IMAGES + 1)},
        a_row("q" * 20 * 2**20),
        a_row("after it"),
    ]
    (tmp_path / "test.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    report = import_visualprocessbench(store, tmp_path)
    assert report.added == 2
    assert [(bad.line, bad.reason) for bad in report.errors] == [
        (2, "'question' has 20,001 characters; the most is 20,000."),
        (3, "Item 1 of 'steps' has 600,001 characters; the most is 600,000."),
        (4, "'steps' has 20,000 items; the most is 5,000."),
        (5, "'policy_model' has 20,001 characters; the most is 20,000."),
        (6, "'image' has 501 items; the most is 500."),
        (7, f"The line has {len(json.dumps(rows[6])):,} bytes; the most is 4,194,304."),
    ]


def test_the_thought_of_a_plain_response_is_none_of_its_steps(store: Store, tmp_path: Path) -> None:
    texts = [
        "<think>Is it 5?\n\nNo.</think>\n\nTwo.\n\nFinal answer: 2",
        "Hm, 5?\n</think>Final answer: 3",
        "<think>On and on",
    ]
    lines = [json.dumps({"question": "q", "response": text}) for text in texts]
    (tmp_path / "texts.jsonl").write_text("\n".join(lines), encoding="utf-8")
    report = import_any(store, tmp_path / "texts.jsonl")
    assert (report.added, [bad.line for bad in report.errors]) == (2, [3])
    assert import_any(store, tmp_path / "texts.jsonl").unchanged == 2
    page = store.results.list_solutions()
    found = {each.solution.steps: store.results.get_solution(each.solution.id).solution.thought for each in page.items}
    assert found == {("Two.", "Final answer: 2"): "Is it 5?\n\nNo.", ("Final answer: 3",): "Hm, 5?"}


def test_bad_lines_without_end_are_counted_and_take_no_memory(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of 4 MB can have two million bad lines: each was kept with its reason."""
    monkeypatch.setattr(importing, "MOST_ERRORS", 3)
    (tmp_path / "rows.jsonl").write_text("x\n" * 9 + '{"question": "q", "response": "It is 5."}\n', encoding="utf-8")
    report = importing.import_file(store, tmp_path / "rows.jsonl", "solutions")
    assert report.added == 1
    assert [each.line for each in report.errors] == [1, 2, 3, 9]
    assert report.errors[-1].reason == "6 more bad lines up to this one are not listed."


@pytest.mark.sqlite
def test_what_an_import_has_reported_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its batches do not wait for the disk one by one, and a reader of another page must not keep the end from waiting."""
    path, synced = tmp_path / "rows.jsonl", []
    path.write_text("".join(json.dumps(a_row(f"question {number}")) + "\n" for number in range(3)))
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (synced.append(os.fstat(file).st_ino), sync(file)))
    with open_store(tmp_path / "data") as store:
        log = (tmp_path / "data" / f"{DATABASE}-wal").stat().st_ino
        with store.database.read() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM solutions").all()
            import_file(store, path, None, ImportOptions(dry_run=True))
            assert log not in synced, "nothing was stored"
            import_any(store, path)
            assert log in synced
            synced.clear()
            import_any(store, path)
            assert log not in synced, "all of it was there"
