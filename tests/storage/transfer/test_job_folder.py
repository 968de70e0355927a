"""Folders of jobs: what is removed and what stays, and records that cannot be read."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from engine.domain import new_id
from storage import BadFile, DiskError, NotFound
from storage.transfer.job_folder import RECORD, JobFolder, JobKind, JobState, TransferJob


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    return JobFolder(tmp_path)


def saved(folder: JobFolder, state: JobState = JobState.DONE, age: float = 0.0) -> TransferJob:
    job = TransferJob(kind=JobKind.EXPORT, title="t", by="ada", asked={}, state=state)
    record = folder.make(job.id) / RECORD
    folder.save(job)
    at = record.stat().st_mtime - age
    os.utime(record, (at, at))
    return job


def test_what_waits_is_kept_however_old_it_is(folder: JobFolder) -> None:
    """What waited for a day behind others was removed as if it had ended."""
    old = {state: saved(folder, state, age=100) for state in JobState}
    young = saved(folder, age=1)
    folder.remove_older(10)
    assert {each.id for each in folder.list()} == {
        old[JobState.WAITING].id,
        old[JobState.RUNNING].id,
        young.id,
    }


def test_one_damaged_record_hides_no_other(folder: JobFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One damaged record kept the app from starting."""
    good = saved(folder)
    values = json.loads((tmp_path / good.id / RECORD).read_text())
    broken = ("{", "[]", "{}", json.dumps({**values, "kind": "later"}), json.dumps({**values, "later": 1}), "\0")
    for text in broken:
        bad = saved(folder)
        (tmp_path / bad.id / RECORD).write_text(text)
        with pytest.raises(BadFile, match=bad.id):
            folder.get(bad.id)
    assert folder.list() == [good]
    assert caplog.text.count("cannot be read") == len(broken)
    folder.remove_older(-1)
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_goes_while_it_is_read_is_none(folder: JobFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    job = saved(folder)
    path = folder.path(job.id)
    folder.remove(job.id)
    monkeypatch.setattr(folder, "path", lambda _job_id: path)  # looked just before it went
    with pytest.raises(NotFound):
        folder.get(job.id)


def test_what_is_to_go_goes_once_nobody_works_on_it(folder: JobFolder, tmp_path: Path) -> None:
    job = saved(folder, JobState.RUNNING)
    with folder.hold(job.id) as is_held:
        assert is_held
        folder.ask_to_remove(job.id)
        assert folder.is_cancel_asked(job.id)
        assert folder.list() == []
        assert (tmp_path / job.id).exists()
    folder.remove_older(1000)  # whoever worked on it was killed
    assert list(tmp_path.iterdir()) == []
    other = saved(folder, JobState.WAITING)
    folder.ask_to_remove(other.id)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_keeps_no_job_that_nobody_works_on(folder: JobFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its archive may be what fills the disk, and was to be removed for that."""

    def touch(path: Path, _mode: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    job = saved(folder)
    monkeypatch.setattr(Path, "touch", touch)
    with folder.hold(job.id):
        for ask in (folder.ask_to_cancel, folder.ask_to_remove):
            with pytest.raises(DiskError, match="No space left"):
                ask(job.id)
    assert folder.get(job.id) == job
    folder.ask_to_remove(job.id)
    with pytest.raises(NotFound):
        folder.get(job.id)


def test_folders_without_a_record_are_counted(folder: JobFolder) -> None:
    assert folder.count_unrecorded() == 0
    saved(folder)
    folder.make(new_id())
    assert folder.count_unrecorded() == 1
