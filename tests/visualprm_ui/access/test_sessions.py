"""Memory by Gradio sessions.

Covers visualprm_ui/build.py.
"""

import gc
import tracemalloc

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
