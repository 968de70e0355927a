"""Memory by Gradio sessions.

Covers visualprm_ui/build.py, visualprm_ui/access/gradio_sessions.py.
"""

import gc
import tracemalloc

import pytest

from tests.support.asgi import ask
from tests.support.gradio_client import events_of, follow
from visualprm_ui.access.gradio_sessions import forget
from visualprm_ui.build import MOST_SESSIONS

A_ROUND = 120  # sessions, more than are kept


def open_sessions(client, handler, start):
    """Open a round of sessions as pages do; return the bytes that Python holds afterwards."""
    for number in range(start, start + A_ROUND):
        body = {"fn_index": handler, "data": [], "session_hash": f"session{number}"}
        assert client.post("/gradio_api/run/predict", json=body).status_code == 200
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_memory_levels_off_however_many_sessions_there_were(served):
    """It grew by 5 MB for every 100 sessions, up to 10,000 of them, without a single run."""
    client, app = served
    (handler,) = [each._id for each in app.get_blocks().fns.values() if each.name == "open_address" and not each.queue]
    tracemalloc.start()
    try:
        held = [open_sessions(client, handler, number * A_ROUND) for number in range(3)]
    finally:
        tracemalloc.stop()
    assert len(app.state_holder.session_data) == MOST_SESSIONS
    per_session = (held[2] - held[1]) / A_ROUND
    assert per_session < 2_000, f"{per_session:.0f} bytes a session"
    assert client.post(
        "/gradio_api/run/predict", json={"fn_index": handler, "data": [], "session_hash": "session0"}
    ).json()["data"] == [{"queue": None}]  # dropped, and made anew


@pytest.fixture
def load(served):
    """What a page sends when it was loaded."""
    events = events_of(served[0].get("/config").json())
    return next(event for event in events if event["is_load"])


def test_nothing_is_kept_of_a_session_whose_stream_has_ended(served, load):
    """A queue of messages for each of the last 2,000, and the ids of events that had ended, for ever: 3 kB a session."""
    client, app = served
    queue = app.get_blocks()._queue
    for number in range(3):
        body = {**load, "session_hash": f"over{number}"}
        assert client.post("/gradio_api/queue/join", json=body).status_code == 200
        assert follow(client, body["session_hash"])[-1]["msg"] == "close_stream"
    assert client.post("/gradio_api/queue/join", json={**load, "session_hash": "unread"}).status_code == 200
    assert [name for name in queue.pending_messages_per_session if name.startswith(("over", "unread"))] == ["unread"]
    assert [name for name in queue.pending_event_ids_session if name.startswith(("over", "unread"))] == ["unread"]
    assert client.post("/gradio_api/queue/join", json={**load, "session_hash": "over0"}).status_code == 200
    assert follow(client, "over0")[-1]["msg"] == "close_stream"  # the same page goes on
    assert follow(client, "unread")[-1]["msg"] == "close_stream"


def test_nothing_is_kept_of_a_page_that_was_closed_while_it_followed_a_run(served, load):
    """Gradio never removed the id of an event that goes on without its page."""
    client, app = served
    queue = app.get_blocks()._queue
    assert client.post("/gradio_api/queue/join", json={**load, "session_hash": "left"}).status_code == 200
    queue.pending_event_ids_session["left"].add("of a handler that goes on")
    answer = client.portal.call(ask, client.app, "GET", "/gradio_api/queue/data?session_hash=left", {})
    assert answer.status == 200
    assert b"close_stream" not in answer.body  # the page left before the end
    assert "left" not in queue.pending_messages_per_session
    assert "left" not in queue.pending_event_ids_session


def test_events_of_sessions_that_never_asked_for_their_messages_are_forgotten(served, load):
    client, app = served
    queue = app.get_blocks()._queue
    usual, queue.pending_messages_per_session.max_size = queue.pending_messages_per_session.max_size, 5
    try:
        for number in range(12):
            client.post("/gradio_api/queue/join", json={**load, "session_hash": f"silent{number}"})
        assert len(queue.pending_event_ids_session) == 12
        forget(queue, "another", has_left=False)
        kept = [f"silent{number}" for number in range(7, 12)]
        assert list(queue.pending_messages_per_session) == list(queue.pending_event_ids_session) == kept
    finally:
        queue.pending_messages_per_session.max_size = usual
