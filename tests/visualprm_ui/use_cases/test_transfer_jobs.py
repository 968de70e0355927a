"""Jobs in the background: told how far they are, ended, taken up again, and never done by two at once."""

import json
import os
import signal
import sys
import threading
import time

import httpx
import pytest

from engine.system.process import NICENESS
from storage import BadFile, DiskError, NotFound, open_store
from storage.transfer.job_folder import RECORD, JobFolder, JobKind, JobState, TransferJob
from tests.support.killed_server import SECRET
from tests.support.server_life import life
from tests.support.transfer_jobs import lines
from tests.support.waiting import PATIENCE, awaited
from visualprm_ui.access.identity import Identity
from visualprm_ui.use_cases import transfer_jobs
from visualprm_ui.use_cases.transfer_jobs import KEPT_SECONDS, TransferJobs


class Steps:
    """A job's work of a hundred rows that a test lets on row by row."""

    def __init__(self):
        self.allowed = threading.Semaphore(0)
        self.told = threading.Semaphore(0)
        self.error = None

    def __call__(self, job, folder, tell):
        for row in range(1, 101):
            tell(row, row / 100)
            self.told.release()
            assert self.allowed.acquire(timeout=PATIENCE)
            if self.error is not None:
                raise self.error
        return JobState.DONE

    def until(self, rows):
        for _ in range(rows):
            assert self.told.acquire(timeout=PATIENCE)
            self.allowed.release()


@pytest.fixture
def folder(tmp_path):
    return JobFolder(tmp_path / "transfers")


@pytest.fixture
def work():
    return Steps()


@pytest.fixture
def jobs(folder, work):
    made = TransferJobs(folder)
    made.register(JobKind.EXPORT, work)
    yield made
    work.allowed.release(1000)
    made.close()


@pytest.fixture
def job(folder, jobs):
    new = TransferJob(kind=JobKind.EXPORT, title="t", by="ada", asked={"format": "trl"})
    folder.make(new.id)
    return jobs.submit(new)


def settled(jobs, job):
    return awaited(lambda: jobs.get(job.id, JobKind.EXPORT), lambda found: not found.state.is_unfinished)


def test_a_job_that_waits_is_cancelled_at_once_and_can_be_asked_for_again(jobs, job, work, folder):
    """It waited for its turn to be told so."""
    assert work.told.acquire(timeout=PATIENCE)
    second, third = (TransferJob(kind=JobKind.EXPORT, title="t", by="ada", asked={}) for _each in range(2))
    for each in (second, third):
        folder.make(each.id)
        jobs.submit(each)
    assert [jobs.waits_behind(each.id) for each in (job, second, third)] == [None, 1, 2]
    assert jobs.cancel(second.id, JobKind.EXPORT).state is JobState.CANCELLED
    assert [jobs.waits_behind(each.id) for each in (second, third)] == [None, 1]
    jobs.submit(jobs.get(second.id, JobKind.EXPORT))
    assert jobs.waits_behind(second.id) == 2
    work.allowed.release(1000)
    assert {settled(jobs, each).state for each in (job, second, third)} == {JobState.DONE}


def test_how_far_it_is_is_told_while_it_works(jobs, job, work, folder):
    work.until(24)
    assert work.told.acquire(timeout=PATIENCE)
    found = jobs.get(job.id, JobKind.EXPORT)
    assert (found.state, found.done, found.share) == (JobState.RUNNING, 25, 0.25)
    assert found.seconds_left == pytest.approx(3 * found.seconds, rel=0.2)  # the clock is read twice
    assert folder.is_held(job.id)
    work.allowed.release(1000)
    done = settled(jobs, job)
    assert (done.state, done.done, done.share, done.seconds_left) == (JobState.DONE, 100, 1.0, None)
    assert folder.get(job.id) == done


def test_a_cancelled_job_ends_at_its_next_row_and_can_go_on(jobs, job, work):
    work.until(3)
    assert work.told.acquire(timeout=PATIENCE)
    jobs.cancel(job.id, JobKind.EXPORT)
    work.allowed.release(1000)
    ended = settled(jobs, job)
    assert (ended.state, ended.done) == (JobState.CANCELLED, 4)
    jobs.submit(ended)
    assert settled(jobs, job).state is JobState.DONE


def test_what_a_closed_server_left_goes_on_elsewhere(jobs, job, work, folder):
    work.until(3)
    assert work.told.acquire(timeout=PATIENCE)
    other = TransferJobs(folder)
    finished = Steps()
    finished.allowed.release(1000)
    other.register(JobKind.EXPORT, finished)
    other.resume()  # another living server has it
    assert other.get(job.id, JobKind.EXPORT).state is JobState.RUNNING
    closing = threading.Thread(target=jobs.close)
    closing.start()
    work.allowed.release(1000)
    closing.join()
    assert folder.get(job.id).state is JobState.RUNNING
    other.resume()
    assert settled(other, job).state is JobState.DONE
    other.close()


@pytest.mark.parametrize(("error", "words"), [(BadFile("No."), "No."), (KeyError("x"), "Something went wrong")])
def test_a_job_that_fails_says_why_and_the_next_one_is_done(jobs, job, work, folder, error, words):
    work.error = error
    work.until(1)
    failed = settled(jobs, job)
    assert (failed.state, failed.message[:20]) == (JobState.FAILED, words[:20])
    work.error = None
    work.allowed.release(1000)
    jobs.submit(failed)
    assert (settled(jobs, job).state, folder.get(job.id).message) == (JobState.DONE, None)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no niceness of their own")
def test_a_job_stands_back_behind_whoever_saves_a_label(folder):
    seen = []

    def look(job, _folder, tell):
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return JobState.DONE

    made = TransferJobs(folder)
    made.register(JobKind.EXPORT, look)
    new = TransferJob(kind=JobKind.EXPORT, title="t", by="ada", asked={})
    folder.make(new.id)
    settled(made, made.submit(new))
    made.close()
    assert seen[0] >= NICENESS


def test_a_job_of_another_kind_is_none(jobs, job):
    with pytest.raises(NotFound):
        jobs.get(job.id, JobKind.IMPORT)
    with pytest.raises(NotFound):
        jobs.get("../" + job.id, JobKind.EXPORT)


def test_old_jobs_are_removed_but_not_one_that_is_worked_on(jobs, job, work, folder):
    work.until(1)
    assert work.told.acquire(timeout=PATIENCE)
    folder.remove_older(-1)
    assert jobs.get(job.id, JobKind.EXPORT).done == 2
    work.allowed.release(1000)
    settled(jobs, job)
    jobs.close()
    folder.remove_older(3600)
    assert folder.get(job.id).done == 100
    folder.remove_older(-1)
    with pytest.raises(NotFound):
        folder.get(job.id)


def test_a_job_that_is_removed_ends_and_is_gone(jobs, job, work, folder):
    work.until(3)
    assert work.told.acquire(timeout=PATIENCE)
    jobs.remove(job.id, JobKind.EXPORT)
    with pytest.raises(NotFound):
        jobs.get(job.id, JobKind.EXPORT)
    assert jobs.list(JobKind.EXPORT) == []
    work.allowed.release(1000)
    jobs.close()
    assert not work.told.acquire(blocking=False)
    folder.remove_older(3600)
    assert list(folder._folder.iterdir()) == []


class FullDisk(JobFolder):
    """Takes a job, and nothing more once it is full."""

    is_full = False

    def save(self, job):
        if self.is_full:
            raise DiskError("No space left.")
        return super().save(job)


def test_on_a_full_disk_a_job_fails_once_and_goes_on_when_it_is_asked_for(tmp_path):
    """It was taken up again at once, and failed again, for ever."""
    folder = FullDisk(tmp_path / "transfers")
    jobs, lives = TransferJobs(folder), []

    def work(job, path, tell):
        lives.append(job.id)
        folder.is_full = len(lives) == 1
        if folder.is_full:
            raise DiskError("No space left.")
        return JobState.DONE

    jobs.register(JobKind.EXPORT, work)
    new = TransferJob(kind=JobKind.EXPORT, title="t", by="ada", asked={})
    folder.make(new.id)
    jobs.submit(new)
    failed = settled(jobs, new)
    assert (failed.state, failed.message) == (JobState.FAILED, "No space left.")
    assert [each.state for each in jobs.list(JobKind.EXPORT)] == [JobState.FAILED]
    with pytest.raises(DiskError):
        jobs.submit(failed)
    assert [each.state for each in jobs.list(JobKind.EXPORT)] == [JobState.FAILED]
    assert lives == [new.id], "nobody was told that it goes on"
    folder.is_full = False
    jobs.submit(failed)
    assert settled(jobs, new).state is JobState.DONE
    jobs.close()


def test_a_job_whose_files_are_gone_ends_no_other(jobs, job, work, folder, monkeypatch):
    """An error outside a job's own work ended the thread, and every later job waited for ever."""
    taken = folder.hold

    def hold(job_id):
        monkeypatch.setattr(folder, "hold", taken)
        raise RuntimeError("gone")

    work.allowed.release(1000)
    settled(jobs, job)
    monkeypatch.setattr(folder, "hold", hold)
    failed = settled(jobs, jobs.submit(job))
    assert (failed.state, failed.message[:20]) == (JobState.FAILED, "Something went wrong")
    jobs.submit(job)
    assert settled(jobs, job).state is JobState.DONE


def test_what_a_job_needs_no_more_goes_after_its_end_is_recorded(folder, tmp_path):
    """A server that was killed in between took the finished job up again, without its files."""
    jobs, states = TransferJobs(folder), []
    jobs.register(
        JobKind.EXPORT,
        lambda _job, _folder, _tell: JobState.DONE,
        lambda path: states.append(folder.get(path.name).state),
    )
    new = TransferJob(kind=JobKind.EXPORT, title="t", by="ada", asked={})
    folder.make(new.id)
    jobs.submit(new)
    settled(jobs, new)
    jobs.resume()  # as the next server does
    jobs.close()
    assert states == [JobState.DONE] * 2


def test_a_server_removes_what_is_old_when_it_starts(folder):
    old = TransferJob(kind=JobKind.EXPORT, title="t", by="ada", asked={}, state=JobState.DONE)
    folder.make(old.id)
    folder.save(old)
    at = time.time() - KEPT_SECONDS - 1
    os.utime(folder.path(old.id) / RECORD, (at, at))
    jobs = TransferJobs(folder)
    jobs.resume()
    jobs.close()
    assert folder.list() == []


def test_old_jobs_are_looked_for_from_time_to_time(folder, monkeypatch):
    looks = threading.Semaphore(0)
    monkeypatch.setattr(transfer_jobs, "SWEEP_SECONDS", 0.001)
    monkeypatch.setattr(folder, "remove_older", lambda _seconds: looks.release())
    jobs = TransferJobs(folder)
    jobs.resume()
    for _look in range(3):
        assert looks.acquire(timeout=PATIENCE)
    jobs.close()


def test_the_end_of_the_server_waits_for_no_file_that_comes_slowly(jobs, job, work, folder, monkeypatch):
    monkeypatch.setattr(transfer_jobs, "CLOSE_SECONDS", 0.01)
    assert work.told.acquire(timeout=PATIENCE)  # and is not let on
    jobs.close()
    assert folder.is_held(job.id)
    work.error = ValueError("the store is closed")
    work.allowed.release(1000)
    for thread in jobs._threads:
        thread.join(PATIENCE)
    assert folder.get(job.id).state.is_unfinished  # the next server goes on with it


ROWS = 4000


@pytest.mark.kills
def test_an_import_goes_on_after_its_server_was_killed(tmp_path):
    """Killed twice: every row is stored once, and the solutions are queued."""
    with open_store(tmp_path / "data"):
        pass
    rows = lines(*({"question": f"How many {n}?", "response": {"steps": ["Some."]}} for n in range(ROWS)))
    cookies = {Identity(SECRET).guest_cookie.name: Identity(SECRET).new_cookie()}
    found = None
    seen = []
    for _life in range(3):
        with (
            life(tmp_path / "data") as (process, url),
            httpx.Client(base_url=url, headers={"X-VP": "1"}, cookies=cookies, timeout=PATIENCE) as client,
        ):
            if found is None:
                project = client.post("/projects", json={"title": "P"}).json()["project"]
                answer = client.post("/imports", content=rows, params={"name": "rows.jsonl", "project": project})
                found = until(client, answer.json()["id"], lambda each: each["state"] == "ready")
                client.post(f"/imports/{found['id']}/start")
            before = max(seen, default=0)
            found = until(
                client, found["id"], lambda each, now=before: each["state"] == "done" or each["rows"] > now + ROWS / 8
            )
            if found["state"] != "done" and len(seen) < 2:
                seen.append(found["rows"])
                os.kill(process.pid, signal.SIGKILL)
                continue
            found = until(client, found["id"], lambda each: each["state"] == "done")
    assert len(seen) == 2
    assert found["report"]["queued"] == ROWS
    assert (found["report"]["added"], found["report"]["unchanged"]) == (ROWS, 0)
    with open_store(tmp_path / "data") as store:
        assert len({each.id for each in store.runs.iter_problems(None)}) == ROWS


def until(client, job_id, is_reached):
    deadline = time.monotonic() + PATIENCE
    while not is_reached(found := client.get(f"/imports/{job_id}").json()):
        assert time.monotonic() < deadline, json.dumps(found)[:500]
        assert found["state"] not in ("failed", "cancelled"), found["message"]
        time.sleep(0.005)
    return found
