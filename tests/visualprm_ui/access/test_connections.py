"""Connections that nothing is asked on are closed, those at work stay; whose connections are counted together."""

import asyncio

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from tests.support.apart import run_apart
from visualprm_ui.access import connections
from visualprm_ui.access.connections import WatchedConnection, is_proxy

ASK = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LOOKS = 4


@pytest.fixture
def looks(monkeypatch):
    """Look at connections all the time; count the looks."""
    seen = []
    look = WatchedConnection._close_if_idle

    def counted(self, cycle):
        seen.append(self)
        look(self, cycle)

    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(WatchedConnection, "_close_if_idle", counted)
    return seen


async def served(app, ask):
    """Give what ``ask`` returns of a server of this app; it is called with the server's port."""
    config = Config(app, log_config=None, forwarded_allow_ips="")
    config.load()
    state, loop = ServerState(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: WatchedConnection(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    async with server:
        return await ask(server.sockets[0].getsockname()[1])


async def say_hello(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.mark.parametrize("sent", [b"", ASK[:20], ASK + ASK[:20]], ids=["nothing", "half a request", "one and a half"])
def test_a_connection_without_a_request_is_closed(looks, sent):
    """The server kept them for ever."""

    async def ask(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        said = b""
        try:
            while part := await reader.read(1000):
                said += part
        except ConnectionResetError:
            pass
        writer.close()
        return said

    said = run_apart(served(say_hello, ask))
    assert said.endswith(b"hello" if sent.startswith(ASK) else b"")
    assert looks


def test_a_connection_at_work_stays(looks):
    """A stream of events may say nothing for minutes."""

    async def work(scope, receive, send):
        before = len(looks)
        while len(looks) < before + LOOKS:
            await asyncio.sleep(0)
        await say_hello(scope, receive, send)

    async def ask(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ASK)
        said = await reader.readuntil(b"hello")
        writer.close()
        return said

    assert run_apart(served(work, ask)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("host", "believed", "is_one"),
    [
        ("203.0.113.7", "", False),
        ("127.0.0.1", "", True),
        ("::1", "", True),
        ("127.0.0.2", "", False),
        ("10.1.2.3", "192.0.2.1, 10.0.0.0/8", True),
        ("11.1.2.3", "192.0.2.1, 10.0.0.0/8", False),
        ("2001:db8::1", "10.0.0.0/8,2001:db8::/32", True),
        ("203.0.113.7", "*", True),
        ("", "", True),
        ("testclient", "10.0.0.0/8", False),
    ],
)
def test_whose_connections_are_those_of_many(host, believed, is_one):
    assert is_proxy(host, believed) is is_one
