"""Files of JSON lines that grow: what was half-written is repaired, what is broken is told."""

import json

import pytest

from engine.cli.json_lines import Journal, key_of
from engine.errors import InvalidRequest


def test_what_is_added_is_read_again(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    journal = Journal(path, writes=True)
    journal.add([{"id": 1}, {"id": "é"}])
    assert [(line.number, line.values) for line in journal.lines()] == [(1, {"id": 1}), (2, {"id": "é"})]
    journal.add([])
    journal.close()
    assert len(Journal(path, writes=False).lines()) == 2


@pytest.mark.parametrize(
    ("end", "kept"), [('{"id": 2', 1), ('{"id": 2}', 2), ("\n", 1), ("7", 1), ('{"id": "\u00e9"}'[:9], 1)]
)
def test_the_last_line_is_ended_or_cut_off(tmp_path, end, kept) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 1}\n' + end, encoding="utf-8")
    journal = Journal(path, writes=True)
    journal.add([{"id": 3}])
    journal.close()
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    assert (len(rows), rows[-1]) == (kept + 1, {"id": 3})


def test_half_a_character_is_cut_off(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id": 1}\n{"id": "\xc3')
    Journal(path, writes=True).close()
    assert path.read_bytes() == b'{"id": 1}\n'


def test_reading_alone_changes_nothing(tmp_path, capsys) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 1}\n{"id"', encoding="utf-8")
    assert len(Journal(path, writes=False).lines()) == 1
    assert "the last line is half-written and left out" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == '{"id": 1}\n{"id"'


@pytest.mark.parametrize("content", ['{"id"\n{"id": 1}\n', '{"id": 1}\n{"id"\n', '{"id"\n{"i'])
def test_a_broken_line_is_told(tmp_path, content) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidRequest, match=r"a\.jsonl', line \d: not a row"):
        Journal(path, writes=False).lines()


def test_replacing_is_all_or_nothing(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    journal = Journal(path, writes=True)
    journal.add([{"id": 1}, {"id": 2}])
    journal.replace([{"id": 3}])
    journal.add([{"id": 4}])
    journal.close()
    assert path.read_text(encoding="utf-8") == '{"id": 3}\n{"id": 4}\n'
    assert list(tmp_path.iterdir()) == [path]


def test_without_a_path_nothing_is_kept(tmp_path) -> None:
    journal = Journal(None, writes=True)
    journal.add([{"id": 1}])
    journal.replace([{"id": 1}])
    assert journal.lines() == []
    journal.close()


def test_a_folder_is_no_file(tmp_path) -> None:
    with pytest.raises(InvalidRequest, match="cannot be written"):
        Journal(tmp_path, writes=True)
    with pytest.raises(InvalidRequest, match="cannot be read"):
        Journal(tmp_path, writes=False).lines()


def test_ids_of_different_types_are_different() -> None:
    assert len({key_of(each) for each in (1, "1", None, [1], {"a": 1, "b": 2})}) == 5
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
