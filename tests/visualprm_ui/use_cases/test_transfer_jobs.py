"""Jobs in the background: told how far they are, ended, taken up again, and never done by two at once."""

import json
import os
import signal
import sys
import threading
import time

import httpx
import pytest

from engine.process import NICENESS
from storage import BadFile, NotFound, open_store
from storage.transfer.job_folder import JobFolder, JobKind, JobState, TransferJob
from tests.support.killed_server import SECRET
from tests.support.server_life import life
from tests.support.transfer_jobs import PATIENCE, lines
from visualprm_ui.access.identity import Identity
from visualprm_ui.use_cases.transfer_jobs import TransferJobs


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
    deadline = time.monotonic() + PATIENCE
    while (found := jobs.get(job.id, JobKind.EXPORT)).state.is_unfinished:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


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
    assert found["report"]["added"] + found["report"]["unchanged"] == ROWS
    assert found["report"]["unchanged"] > 0
    with open_store(tmp_path / "data") as store:
        assert len({each.id for each in store.runs.iter_problems(None)}) == ROWS


def until(client, job_id, is_reached):
    deadline = time.monotonic() + PATIENCE
    while not is_reached(found := client.get(f"/imports/{job_id}").json()):
        assert time.monotonic() < deadline, json.dumps(found)[:500]
        assert found["state"] not in ("failed", "cancelled"), found["message"]
        time.sleep(0.005)
    return found
