"""The app as a process with accounts, and strangers who come from an address of their own each."""

import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import httpx
import pytest

from benchmarks.app_process import AppProcess
from engine.domain import Role
from storage import open_store
from tests.support.api_accounts import make_person

CPU_SECONDS = 2.0  # that one visitor may hold the server
# Of memory: one decoded picture of 25 megapixels is 100 MB; a body of 20 MiB comes in pieces and is put together, and a picture
# that is turned or has other channels is copied while it is written anew.
MEGABYTES = 250


class Meter:
    """What a block of requests took of the server."""

    def __init__(self, app: AppProcess) -> None:
        self._app = app
        self.cpu_seconds = 0.0
        self.megabytes = 0.0  # at the peak, over what was held before

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure what the server does meanwhile."""
        self._app.forget_peak()
        before, spent = self._app.resident(), self._app.cpu_seconds()
        yield
        self.cpu_seconds = self._app.cpu_seconds() - spent
        self.megabytes = (self._app.resident("VmHWM") - before) / 1e6


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile") / "data"


@pytest.fixture(scope="session")
def admins_token(data_dir: Path) -> str:
    with open_store(data_dir) as store:
        return store.accounts.add_token(make_person(store, "ada", Role.ADMIN), "imports").secret


@pytest.fixture(scope="session")
def app(data_dir: Path, admins_token: str) -> Iterator[AppProcess]:
    app = AppProcess(data_dir, "--access", "accounts")
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, usual[1]))  # as a shell has it; the app gets it from here
    app.start()
    resource.setrlimit(resource.RLIMIT_NOFILE, usual)
    yield app
    app.kill()


@pytest.fixture
def meter(app: AppProcess) -> Meter:
    return Meter(app)


@pytest.fixture(scope="session")
def admin(app: AppProcess, admins_token: str) -> Iterator[httpx.Client]:
    headers = {"X-VP": "1", "Authorization": f"Bearer {admins_token}"}
    with httpx.Client(base_url=app.url, headers=headers, timeout=300) as client:
        yield client


@pytest.fixture
def log(app: AppProcess) -> Callable[[], str]:
    """A function that returns what the server has written since the test began."""
    start = app.log_file.stat().st_size
    return lambda: app.log_file.read_bytes()[start:].decode(errors="replace")


ADDRESSES = (f"127.0.{group}.{number}" for group in count(2) for number in range(1, 255))


@pytest.fixture(scope="session")
def stranger(app: AppProcess) -> Iterator[Callable[[], httpx.Client]]:
    """A function that gives a client without an account, from an address that nobody came from before."""
    with ExitStack() as clients:

        def new() -> httpx.Client:
            transport = httpx.HTTPTransport(local_address=next(ADDRESSES))
            client = httpx.Client(base_url=app.url, headers={"X-VP": "1"}, transport=transport, timeout=120)
            return clients.enter_context(client)

        yield new
