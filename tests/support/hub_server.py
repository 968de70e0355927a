"""A model hub in this process: real HTTP, the few addresses its client asks for, a folder's files as slowly as a test wants."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WRITE_TOKEN = "hf_" + "w" * 30  # the one that may write
PIECE = 1 << 16  # bytes sent at once
_FILE = "/{repo_id}/resolve/{revision}/{filename}"  # as the client has it


class HubServer:
    """Serves one repository, a model's or a data set's. ``pause``: seconds between two pieces of a file."""

    def __init__(self, name: str, folder: Path, kind: str = "models") -> None:
        self.kind = kind
        self.prefix = f"/{name}" if kind == "models" else f"/{kind}/{name}"
        self.name, self.folder, self.pause = name, folder, 0.0
        self.private: bool | None = False  # None: there is no such repository until one is made
        self.taken: dict[str, bytes] = {}  # files that were put here
        self.deleted: set[str] = set()  # paths of files that were deleted here
        self.tokens: set[str] = set()  # that came with what was put here
        self.readers: set[str] = set()  # tokens that came with what was read; "": none
        self.sent: dict[str, int] = {}  # bytes of each file that were asked for
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def paths(self) -> set[str]:
        """Return the paths of its files."""
        return {each.relative_to(self.folder).as_posix() for each in self.folder.rglob("*") if each.is_file()}

    def __enter__(self) -> HubServer:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def be_the_hub(self, patch: pytest.MonkeyPatch) -> None:
        """Let the hub's client of this process ask here: it reads HF_ENDPOINT and HF_HUB_OFFLINE once, for a test before."""
        patch.setattr("huggingface_hub.constants.ENDPOINT", self.url)
        patch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", self.url + _FILE)
        patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


def _handler(hub: HubServer):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            hub.readers.add(self.headers.get("Authorization", ""))
            if hub.private is None:
                self.answer_missing()
            elif path.startswith(f"/api/{hub.kind}/{hub.name}/tree/"):
                files = [
                    {
                        "type": "file",
                        "path": file.relative_to(hub.folder).as_posix(),
                        "size": file.stat().st_size,
                        "oid": etag(file),
                    }
                    for file in sorted(each for each in hub.folder.rglob("*") if each.is_file())
                ]
                self.answer(json.dumps(files).encode())
            elif path.startswith(f"/api/{hub.kind}/{hub.name}"):
                siblings = [{"rfilename": path} for path in sorted(hub.paths())]
                found = {"id": hub.name, "sha": COMMIT, "private": hub.private, "siblings": siblings}
                self.answer(json.dumps(found).encode())
            elif path.startswith(f"{hub.prefix}/resolve/"):
                self.answer_file(hub.folder / path.removeprefix(f"{hub.prefix}/resolve/").partition("/")[2])
            else:
                self.answer_missing()

        def answer_missing(self) -> None:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hub.tokens.add(self.headers.get("Authorization", ""))
            if self.headers.get("Authorization") != f"Bearer {WRITE_TOKEN}":
                self.send_response(401)
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif self.path == "/api/repos/create":
                if hub.private is None:
                    asked = json.loads(body)  # the client's versions name it in different words
                    hub.private = asked.get("visibility", "") == "private" or bool(asked.get("private"))
                self.answer(json.dumps({"url": f"{hub.url}{hub.prefix}"}).encode())
            elif "/preupload/" in self.path:
                files = [{**each, "uploadMode": "regular", "shouldIgnore": False} for each in json.loads(body)["files"]]
                self.answer(json.dumps({"files": files}).encode())
            elif "/commit/" in self.path:
                for line in map(json.loads, body.splitlines()):
                    if line["key"] == "file":
                        hub.taken[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
                    elif line["key"] == "deletedFile":
                        hub.deleted.add(line["value"]["path"])
                commit = {"commitUrl": f"{hub.url}{hub.prefix}/commit/{COMMIT}", "commitOid": COMMIT, "success": True}
                self.answer(json.dumps(commit).encode())
            else:
                self.answer(json.dumps({"valid": True}).encode())

        def answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def answer_file(self, file: Path) -> None:
            body = file.read_bytes()
            start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
            self.send_response(206 if start else 200)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{etag(file)}"')
            self.send_header("Accept-Ranges", "bytes")
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            if self.command == "HEAD":
                return
            try:
                for at in range(start, len(body), PIECE):
                    piece = body[at : at + PIECE]
                    self.wfile.write(piece)
                    hub.sent[file.name] = hub.sent.get(file.name, 0) + len(piece)
                    time.sleep(hub.pause)
            except OSError:
                pass  # the client went away

    return Handler


def etag(file: Path) -> str:
    return hashlib.sha1(file.read_bytes()).hexdigest()
