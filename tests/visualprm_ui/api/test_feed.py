"""Decisions, history and the feed over REST: what was done is told once, in order, in words.

Covers visualprm_ui/api/solutions.py, visualprm_ui/use_cases/history_text.py.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from starlette.concurrency import run_in_threadpool

from engine.domain import now
from storage import EventKind, HistoryEntry, HistoryKind
from tests.support.api_labelling import label_all, shown
from visualprm_ui.api import feed
from visualprm_ui.use_cases.history_text import as_sentence


def test_people_differ_somebody_decides_and_the_history_tells_it(team, labelled):
    ada = team["ada"]
    overall = ada.get("/agreement", params={"queue": labelled["queue"], "by": "pair"}).json()["groups"]
    assert [group["name"] for group in overall] == ["", "mei and tom"]
    assert overall[0]["percent"]["value"] == pytest.approx(3 / 5)
    page = ada.get("/disagreements").json()
    assert page["total"] == 2
    first = page["solutions"][0]
    assert first["annotators"] == ["mei", "tom"]
    assert first["differing"] == [{"step": 0, "text": "Read 2.", "labels": [1, -1]}]

    path = f"/solutions/{first['solution']}"
    before = ada.get(path).json()
    assert before["final"][0] == {"label": None, "rule": "none", "by": ["mei", "tom"], "at": before["final"][0]["at"]}
    labels = [-1, *[1] * (len(before["steps"]) - 1)]
    decided = ada.post(f"{path}/decision", json={"labels": labels, "cause": "slip", "note": "misread"})
    assert decided.json() == {"added": True}
    after = ada.get(path).json()
    assert (after["final"][0]["label"], after["final"][0]["rule"], after["decision"]["by"]) == (
        -1,
        "adjudicated",
        "ada",
    )
    assert ada.post(f"{path}/decision", json={"labels": [], "cause": "slip"}).status_code == 400

    texts = [each["text"] for each in ada.get(f"{path}/history").json()["events"]]
    assert texts[0] == "Written by p"
    assert "Step 1: wrong" in texts
    assert texts[-1].startswith("Decided (slip)")
    assert texts[-1].endswith(": misread")


def test_the_feed_tells_everything_once(team, labelled):
    ada = team["ada"]
    seen, cursor = [], ""
    while page := ada.get("/feed", params={"after": cursor, "limit": 7}).json():
        if not page["entries"]:
            break
        seen += page["entries"]
        cursor = page["cursor"]
    assert len({entry["id"] for entry in seen}) == len(seen)
    assert [entry["kind"] for entry in seen].count("submit") == 4
    assert ada.get("/feed", params={"after": cursor, "wait": 0.1}).json() == {"entries": [], "cursor": cursor}
    assert ada.get("/feed", params={"after": "nonsense"}).status_code == 400


def test_who_waits_at_the_feed_is_told_what_comes(team, project, monkeypatch):
    looked = threading.Event()

    async def look(read, *arguments):
        page = await run_in_threadpool(read, *arguments)
        looked.set()
        return page

    monkeypatch.setattr(feed, "run_in_threadpool", look)
    monkeypatch.setattr(feed, "POLL_INTERVAL", 0.01)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(team["ada"].get, "/feed", params={"wait": feed.MAX_WAIT})
        assert looked.wait(60)
        label_all(team["mei"], project["queue"], 1)
        assert [entry["who"] for entry in waiting.result().json()["entries"]][:1] == ["mei"]


def test_the_feed_tells_reviews_and_details_and_history_says_them(team, labelled):
    """The history of reviewed work could not be opened: no sentence was there for a verdict."""
    ada, queue = team["ada"], labelled["queue"]
    cursor = ada.get("/feed").json()["cursor"]
    item = ada.get(f"/queues/{queue}/splits/0").json()["items"][0]
    body = {**shown(item), "verdict": "wrong", "note": "Look."}
    ada.post(f"/queues/{queue}/splits/0/verdicts", json=body)
    ada.post(f"/queues/{queue}/splits/0/return", json={"note": "Again."})  # the former name of send-back
    entries = ada.get("/feed", params={"after": cursor}).json()["entries"]
    verdict, *returned, end = entries
    assert (verdict["kind"], verdict["who"], verdict["split"], verdict["text"]) == ("found_wrong", "ada", 0, "Look.")
    assert verdict["about"] in ("mei", "tom")
    assert {each["kind"] for each in returned} == {"return"}
    assert (end["kind"], end["queue"], end["split"], "solution" in end) == ("split_returned", queue, 0, False)
    history = ada.get(f"/solutions/{item['solution']}/history").json()["events"]
    assert f"Found wrong in review, labelled by {verdict['about']}: Look." in [each["text"] for each in history]

    task = team["mei"].get(f"/queues/{queue}/next").json()["task"]
    base = {"ts": time.time() * 1000, "task": task["id"]}
    cursor = ada.get("/feed").json()["cursor"]
    events = [
        {**base, "uuid": uuid4().hex, "type": "error_type", "step": 0, "error_type": "reasoning"},
        {**base, "uuid": uuid4().hex, "type": "first_error", "step": 1},
        {**base, "uuid": uuid4().hex, "type": "submit"},
    ]
    team["mei"].post("/events", json={"events": events})
    kind, *_others, annotated = ada.get("/feed", params={"after": cursor}).json()["entries"]
    assert (kind["kind"], kind["step"], kind["error_type"]) == ("error_type", 0, "reasoning")
    assert (annotated["first_error"], annotated["guideline_version"]) == (1, "1")
    assert annotated["details"][0] == {"note": "", "correction": "", "error_type": "reasoning"}
    history = ada.get(f"/solutions/{kind['solution']}/history").json()["events"]
    assert "Step 1, kind of error: reasoning" in [each["text"] for each in history]


def test_every_kind_of_entry_has_its_sentence():
    for kind in (*EventKind, *HistoryKind):
        assert as_sentence(HistoryEntry(id="1", at=now(), kind=kind, who="ada", solution_id="s"))


def test_a_skip_and_the_annotation_made_of_it_read_differently(team, project):
    """Both said "Skipped: not understood": the history seemed to tell every skip twice."""
    task = team["mei"].get(f"/queues/{project['queue']}/next").json()["task"]
    skip = {
        "uuid": uuid4().hex,
        "ts": time.time() * 1000,
        "task": task["id"],
        "type": "skip",
        "reason": "not_understood",
    }
    assert team["mei"].post("/events", json={"events": [skip]}).json()["rejected"] == []
    (entry, *_) = team["ada"].get("/feed").json()["entries"]
    history = team["ada"].get(f"/solutions/{entry['solution']}/history").json()["events"]
    assert sorted(each["text"] for each in history if each["who"] == "mei") == [
        "Annotated (blind): skipped, not understood",
        "Skipped: not understood",
    ]
