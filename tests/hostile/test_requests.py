"""Requests that no page sends, from strangers: each is answered or dropped within two seconds of the server's CPU time.

Covers visualprm_ui/access/connections.py, visualprm_ui/access/gradio_events.py, visualprm_ui/access/gradio_routes.py,
visualprm_ui/access/plain_cookies.py, visualprm_ui/api/requests.py, visualprm_ui/pages/quiet_blocks.py,
 visualprm_ui/pages/explore_form.py.
"""

import json
import resource
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest

from tests.hostile.conftest import CPU_SECONDS, MEGABYTES
from tests.support.gradio_client import events_of, follow
from tests.support.waiting import awaited

JSON = {"content-type": "application/json"}
BODIES = {
    "deep lists": b"[" * 60_000,
    "deep objects": b'{"a":' * 12_000,
    "7,000 keys": json.dumps({f"key{number}": 0 for number in range(5_000)}).encode(),
    "a list": b"[]",
    "a number": b"1",
    "a number of 60,000 digits": b'{"name": ' + b"9" * 60_000 + b', "password": 1}',
    "infinity": b'{"name": 1e999, "password": NaN}',
    "half a pair of surrogates": rb'{"name": "\ud800", "password": "\udfff"}',
    "a zero byte": rb'{"name": "a\u0000b", "password": "\u0000"}',
    "text from right to left": '{"name": "\u202e\u2066admin", "password": "\u200f"}'.encode(),
    "no text": b"\xff\xfe\x00",
    "cut off": b'{"name": "a',
    "nothing": b"",
    "keys that come twice": b'{"name": "a", "name": "b", "password": "c"}',
}
WRITES = ["session", "invitation", "invitation/accept", "runs/none/stop", "events", "projects", "models", "images"]


@pytest.mark.parametrize("body", BODIES)
def test_no_body_breaks_a_route_of_rest(stranger, meter, log, body):
    client = stranger()
    with meter.running():
        for path in WRITES:
            for kind in ({**JSON}, {"content-type": "text/xml"}, {"content-type": "multipart/form-data; boundary=a"}):
                answer = client.post(f"/api/{path}", content=BODIES[body], headers=kind)
                assert 400 <= answer.status_code < 500, path
                assert list(answer.json()) == ["error"]
    assert meter.cpu_seconds < CPU_SECONDS
    assert "Traceback" not in log()


@pytest.mark.parametrize("size", [2**17, 30 * 2**20])
def test_a_body_that_is_too_large_is_refused_unread(stranger, meter, size):
    client = stranger()
    with meter.running():
        for path in ("/api/session", "/api/events", "/gradio_api/queue/join", "/gradio_api/upload"):
            answer = client.post(path, content=b"[" + b"0," * (size // 2) + b"0]", headers=JSON)
            assert answer.status_code in ((404, 413) if size > 2**18 else (404, 413, 400)), path
    assert meter.cpu_seconds < CPU_SECONDS
    assert meter.megabytes < 30


@pytest.mark.parametrize(
    "path",
    [
        "/api/runs?before=" + "x" * 50_000,
        "/api/runs?limit=" + "9" * 5_000,
        "/api/runs?" + "&".join(f"limit={number}" for number in range(5_000)),
        "/api/runs/%00",
        "/api/runs/%ff%fe",
        "/api/images/..%2f..%2fsecret",
        "/api/images/%00?edge=nan",
        "/api/" + "a/" * 20_000,
        "/vp/assets/..%2f..%2fbuild.py",
        "/vp/assets/%00.js",
        "/vp/assets/" + "a/" * 20_000 + "a.js",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/?__theme=" + "x" * 50_000,
        "/?run=" + "%00" * 10_000,
        "/annotate?queue=%ed%a0%80",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/heartbeat",
        "/gradio_api/queue/data",
        "/gradio_api/queue/data?session_hash=" + "x" * 50_000,
        "//evil.example/%2e%2e",
    ],
)
def test_no_address_breaks_the_app(stranger, meter, log, path):
    client = stranger()
    with meter.running():
        for headers in ({}, {"accept": "text/html"}):
            assert client.get(path, headers=headers).status_code < 500
    assert meter.cpu_seconds < CPU_SECONDS
    assert "Traceback" not in log()


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /api/images HTTP/1.1\r\nHost: a\r\nX-VP: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"1\r\na\r\n" * 1_000,
        b"POST /api/session HTTP/1.1\r\nHost: a\r\nX-VP: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"1\r\na\r\n" * 1_000,
        b"POST /api/session HTTP/1.1\r\nHost: a\r\nX-VP: 1\r\nContent-Length: 1000\r\n\r\n{",
        b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{",
        b"GET /api/status HTTP/1.1\r\n" + b"X-A: b\r\n" * 100_000,
        b"GET /api/status HTTP/1.1\r\nHost: " + b"a" * 1_000_000,
        b"\x16\x03\x01\x02" + b"\0" * 10_000,
    ],
    ids=["chunks without end", "chunks for a session", "slow", "slow for Gradio", "headers", "one header", "no HTTP"],
)
def test_requests_without_end_hold_nobody_up(app, stranger, meter, log, request_):
    address = urlsplit(app.url)
    held = []
    with meter.running():
        for _ in range(20):
            held.append(socket.create_connection((address.hostname, address.port), timeout=20))
            with suppress(ConnectionError):  # refused while it was sent
                held[-1].sendall(request_)
        assert stranger().get("/api/status").status_code == 200
        for connection in held:
            connection.close()
        assert stranger().get("/api/status").status_code == 200
    assert meter.cpu_seconds < CPU_SECONDS
    assert meter.megabytes < MEGABYTES
    assert "Traceback" not in log()


@pytest.mark.parametrize(
    "path", ["/", "/api/status", "/gradio_api/queue/data?session_hash=a", "/vp/assets/app.css", "/nope"]
)
@pytest.mark.parametrize(
    "cookie",
    ['a="' + "\\" * 60_000 + '"', ";=" * 30_000, 'a="' + '\\"' * 30_000],
    ids=["backslashes", "no names", "marks"],
)
def test_no_cookie_is_read_slowly(stranger, meter, log, path, cookie):
    """Python reads what is written with backslashes in a time that grows with its square: 8 seconds for one header."""
    with meter.running():
        assert stranger().get(path, headers={"Cookie": cookie}).status_code < 500
    assert meter.cpu_seconds < CPU_SECONDS, f"{meter.cpu_seconds} s"
    assert "Traceback" not in log()


def test_connections_that_ask_nothing_keep_nobody_out(app, stranger, meter, log):
    """A thousand of them took all the files that a process may open as a shell starts it: nobody else was let in."""
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (usual[1], usual[1]))  # as many for the test itself
    address, held = urlsplit(app.url), []
    with meter.running():
        for _ in range(1_100):
            held.append(
                socket.create_connection((address.hostname, address.port), 20, source_address=("127.0.1.200", 0))
            )
        assert held[-1].recv(100).startswith(b"HTTP/1.1 429 ")
        assert stranger().get("/api/status").status_code == 200
    for connection in held:
        connection.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, usual)
    assert meter.cpu_seconds < CPU_SECONDS
    assert "Traceback" not in log()


FILE = {"path": "http://127.0.0.1:9/a.png", "url": "http://127.0.0.1:9/a.png", "meta": {"_type": "gradio.FileData"}}
VALUES = {
    "nothing": None,
    "a text": "abc",
    "a number": 7,
    "a list": [1, 2],
    "an object": {"sha": ["x"], "width": "y"},
    "a file of this machine": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    "a file of another host": FILE,
    "a file in a list": [[{"a": FILE}]],
    "half a pair of surrogates": "\ud800",
    "a zero byte": "\0",
    "200,000 characters": "x" * 20_000,
    "braces": "{" * 8_000,
    "LaTeX": "$" + r"\frac{" * 1_000 + "$",
    "a bomb of macros": r"\def\a{\b\b}\def\b{\a\a}\a" * 200,
    "a picture": {"sha": "0" * 64, "width": 1, "height": 1},
    "a picture elsewhere": {"sha": "../../secret", "width": 10**30, "height": -1},
    "a large number": 10**400,
    "minus one": -1,
}


@pytest.fixture(scope="module")
def events(stranger):
    return events_of(stranger().get("/config").json())


@pytest.mark.parametrize("value", VALUES)
def test_no_value_breaks_a_handler_of_a_page(stranger, meter, log, events, value):
    """Each was a traceback in the log, and the file of another host was asked for."""
    client = stranger()
    assert len(events) > 5
    with meter.running():
        for event in events:
            for data in ([VALUES[value]] * len(event["data"]), [*event["data"][:-1], VALUES[value]]):
                for sent in (None, {"index": VALUES[value], "run": VALUES[value]}):
                    body = {**event, "data": data, "event_data": sent, "session_hash": "hostile"}
                    answer = client.post("/gradio_api/queue/join", content=json.dumps(body), headers=JSON)
                    assert answer.status_code < 500
                    if answer.status_code == 200:
                        follow(client, "hostile")
    assert "Traceback" not in log()
    assert meter.megabytes < MEGABYTES


@pytest.mark.parametrize(
    "change",
    [
        {"data": []},
        {"data": ["x"]},
        {"data": ["x"] * 5_000},
        {"data": {}},
        {"fn_index": 10**9},
        {"fn_index": -1},
        {"fn_index": "0"},
        {"fn_index": None},
        {"session_hash": "x" * 100_000},
        {"session_hash": None},
        {"session_hash": ["a"]},
        {"batched": True},
        {"event_data": "x"},
        {"event_data": [1]},
        {"trigger_id": 10**9},
        {"trigger_id": "x"},
        {"event_id": "x" * 1_000},
        {"simple_format": True},
        {"request": {"headers": {}}},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["queue/join", "run/predict"])
def test_no_shape_breaks_a_handler_of_a_page(stranger, meter, log, events, path, change):
    """``run/predict`` with a wrong number of values printed a traceback of Gradio."""
    client, accepted = stranger(), 0
    with meter.running():
        for event in events:
            body = {**event, "session_hash": "shapes", **change}
            answer = client.post(f"/gradio_api/{path}", json=body)
            assert answer.status_code < 500 or path == "run/predict"
            if answer.status_code == 200 and path == "queue/join":
                accepted += 1
                follow(client, body["session_hash"])
    assert accepted or meter.cpu_seconds < CPU_SECONDS  # what is accepted is a run: the models' work
    assert "Traceback" not in log()
    assert len(log()) < 10_000


def test_no_number_of_a_handler_is_a_traceback(stranger, log):
    """Many handlers run in the browser alone: Gradio has their numbers too."""
    client = stranger()
    for number in range(80):
        body = {"fn_index": number, "data": [], "session_hash": "numbers"}
        if client.post("/gradio_api/queue/join", json=body).status_code == 200:
            follow(client, "numbers")
        assert client.post("/gradio_api/run/predict", json=body).status_code in (200, 400, 404, 500)
    assert "Traceback" not in log()


def await_idle_models(client: httpx.Client) -> None:
    """Return once no run is being served: others' have memory of their own."""
    awaited(lambda: client.get("/api/models").json()["active"], lambda active: not active)


def test_sessions_that_nobody_reads_hold_little(stranger, meter, events):
    """Gradio keeps what it has to say to a session until somebody asks for it."""
    client = stranger()
    load = next(event for event in events if event["is_load"])
    await_idle_models(client)
    with meter.running():
        for number in range(500):
            client.post("/gradio_api/queue/join", json={**load, "session_hash": f"unread{number}"})
    assert meter.megabytes < 40
