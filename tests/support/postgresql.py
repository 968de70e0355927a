"""A real PostgreSQL server for tests: the one that TEST_POSTGRESQL names, or a fresh one of this machine's own programs.

Its databases sort text by the rules of a language, as a server that somebody set up years ago may: nothing may rest on the order of
bytes.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import psycopg

from benchmarks.app_process import free_port
from storage import open_store

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
USER = "postgres"  # the server refuses to be started by root
SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=300", "listen_addresses=127.0.0.1")
TEMPLATE = "visualprm_template"


class Server:
    """A server's address, and new databases in it."""

    def __init__(self, url: str) -> None:
        self.url = url  # without a database's name
        self._names = (f"visualprm_test_{os.getpid()}_{number}" for number in count())

    def make_database(self, template: str = "template0", name: str | None = None) -> str:
        """Return the address of a new database: an empty one, or a copy."""
        name = name or next(self._names)
        how = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'" if template == "template0" else ""
        with closing(psycopg.connect(f"{self.url}/postgres", autocommit=True)) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8' {how}".encode())
        return f"{self.url}/{name}"

    def make_store_database(self, folder: Path) -> str:
        """Return the address of a new database with the tables of the present version."""
        with closing(psycopg.connect(f"{self.url}/postgres", autocommit=True)) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
        if found is None:
            open_store(folder, database=self.make_database(name=TEMPLATE)).close()
        return self.make_database(TEMPLATE)


@contextmanager
def running_server() -> Iterator[Server | None]:
    """Give a server for as long as the block lasts; None where there are no programs for one."""
    if url := os.environ.get("TEST_POSTGRESQL"):
        yield Server(url.rstrip("/"))
    elif not PROGRAMS:
        yield None
    else:
        folder = Path(tempfile.mkdtemp(prefix="visualprm-postgresql-"))
        port = free_port()
        try:
            _start(folder, port)
            yield Server(f"postgresql://{USER}@127.0.0.1:{port}")
        finally:
            _run("pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop", check=False)
            shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, port: int) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    _run(
        "initdb",
        "-D",
        str(folder / "data"),
        "-U",
        USER,
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    options = " ".join(f"-c {setting}" for setting in (*SETTINGS, f"port={port}", f"unix_socket_directories={folder}"))
    _run("pg_ctl", "-D", str(folder / "data"), "-l", str(folder / "log"), "-w", "-o", options, "start")


def _run(program: str, *arguments: str, check: bool = True) -> None:
    user = pwd.getpwnam(USER) if os.geteuid() == 0 else None
    subprocess.run(
        [PROGRAMS[-1] / program, *arguments],
        user=user and user.pw_uid,
        group=user and user.pw_gid,
        extra_groups=() if user else None,
        check=check,
        stdout=subprocess.DEVNULL,
        cwd="/",
    )
