"""A small real HTTP server with OpenAI's chat API as vLLM speaks it, in this process, and a script of what goes wrong."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy

from tests.support.served_models import Answering, Backend, ScoresPrompts, Scripted


@dataclass
class Script:
    """How the server behaves; tests change it while it runs."""

    models: list[str] = field(default_factory=lambda: ["tiny-internvl"])
    owner: str = "vllm"
    n: str = "gives"  # or "refuses", "ignores"
    refuses_logprobs: bool = False
    knows_token_ids: bool = True  # the field logprob_token_ids
    has_tokenize: bool = True
    scores_prompts: str | None = None  # how it takes prompt_logprob_token_ids: "place", "request"; None: not at all
    tells_usage: bool = True  # what a request took: a prompt token for each message, where streams are asked for it
    refuses_usage: bool = False
    api_key: str | None = None
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)  # sent first, to chat requests
    answers_at: dict[str, list[tuple[int, dict[str, str], bytes] | None]] = field(default_factory=dict)
    # path -> the same, to requests there; None: the connection breaks
    hangs_at: set[str] = field(default_factory=set)  # paths at which requests are never answered
    drops: int = 0  # chat requests whose connection breaks before an answer
    drop_after: int | None = None  # events, then the connection breaks
    error_after: int | None = None  # events, then one with an error
    garbage_after: int | None = None  # events, then one that is no JSON
    reasoning: str = "reasoning_content"  # the field that thoughts are told in; vLLM 0.11 and Ollama: "reasoning"
    separator: str = "\n\n"
    escapes: bool = True  # non-ASCII characters in JSON
    wait: float = 0.0  # seconds before each event or answer
    drip: float = 0.0  # seconds between two bytes of ``answers``
    gate: threading.Event | None = None  # waited for before the first event of a stream
    hang: bool = False  # chat requests are never answered


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = (
        128  # with five, a machine that is slow to accept resets connections that clients take for open
    )


class OpenAIServer:
    """Serves until closed; ``address`` is what a user would configure."""

    def __init__(self, backend: Backend | None = None, port: int = 0, **script: Any) -> None:
        self.backend = backend or Scripted()
        self.script = Script(**script)
        self.requests: list[tuple[str, dict[str, Any]]] = []  # path and body, in order
        self.headers: list[Mapping[str, str]] = []
        self.broken = threading.Event()  # a client went away while it was written to
        self.closing = threading.Event()
        self.events = 0  # stream events sent
        outer = self

        class Handler(_Handler):
            server_of_test = outer

        self._http = _Http(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.base = f"http://127.0.0.1:{self._http.server_address[1]}/v1"
        self.address = f"{self.base}#{self.script.models[0]}"

    def chats(self) -> list[dict[str, Any]]:
        """Bodies of chat requests."""
        return [body for path, body in list(self.requests) if path == "/v1/chat/completions"]

    def close(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> OpenAIServer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of_test: OpenAIServer

    def log_message(self, *args: object) -> None:
        pass

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError):
            super().handle()

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        self._serve(json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def _serve(self, body: dict[str, Any]) -> None:
        test, script = self.server_of_test, self.server_of_test.script
        test.requests.append((self.path, body))
        test.headers.append(dict(self.headers))
        if self.path in script.hangs_at:
            test.closing.wait(60)
            return None
        if first := script.answers_at.get(self.path):
            return self._bytes(*answer) if (answer := first.pop(0)) is not None else self._break()
        if script.api_key and self.headers.get("authorization") != f"Bearer {script.api_key}":
            return self._json(401, {"error": "Unauthorized"})
        if self.path == "/v1/models":
            listed = [
                {"id": name, "owned_by": script.owner, "max_model_len": 4096, "root": name} for name in script.models
            ]
            return self._json(200, {"data": listed})
        if self.path == "/tokenize" and script.has_tokenize:
            tokens = test.backend.tokenize(body)
            spelt = {"token_strs": [*map(test.backend.spelling, tokens)]} if body.get("return_token_strs") else {}
            return self._json(200, {"tokens": tokens, "count": len(tokens), **spelt})
        if self.path == "/inference/v1/generate" and script.scores_prompts is not None:
            return self._score_prompt(body)
        if self.path != "/v1/chat/completions":
            return self._json(404, {"detail": "Not Found"})
        return self._chat(body)

    def _break(self) -> None:
        self.close_connection = True

    def _chat(self, body: dict[str, Any]) -> None:
        test, script = self.server_of_test, self.server_of_test.script
        if script.hang:
            test.closing.wait(20)
            return None
        test.closing.wait(script.wait)
        if script.drops:
            script.drops -= 1
            self.close_connection = True
            return None
        if script.answers:
            return self._bytes(*script.answers.pop(0), drip=script.drip)
        if body["model"] not in script.models:
            return self._json(404, {"error": {"message": f"The model `{body['model']}` does not exist."}})
        if script.refuses_logprobs and body.get("logprobs"):
            return self._json(400, {"error": {"message": "Unsupported parameter: logprobs"}})
        if script.refuses_usage and "stream_options" in body:
            return self._json(400, {"error": {"message": "Unsupported parameter: stream_options"}})
        if isinstance(test.backend, Answering):
            choices = [{"index": 0, **test.backend.answer(body)}]
            return self._json(200, {"choices": choices, **self._usage(body, 1)})
        if body.get("n", 1) > 1 and script.n == "refuses":
            return self._json(400, {"error": {"message": "Unsupported parameter: n"}})
        return self._stream(body) if body.get("stream") else self._score(body)

    def _score(self, body: dict[str, Any]) -> None:
        test, script = self.server_of_test, self.server_of_test.script
        every = sorted(test.backend.logprobs(body).items(), key=lambda item: -item[1])
        wanted = [f"token_id:{token}" for token in body.get("logprob_token_ids", ())] if script.knows_token_ids else []
        shown = [item for item in every if item[0] in wanted] if wanted else every[: body["top_logprobs"]]
        as_ids = body.get("return_tokens_as_token_ids")

        def entry(item: tuple[str, float]) -> dict[str, object]:
            token = item[0] if as_ids else test.backend.spelling(int(item[0].partition(":")[2]))
            return {"token": token, "logprob": item[1]}

        content = {**entry(every[0]), "top_logprobs": [entry(item) for item in shown]}
        choices = [{"index": 0, "logprobs": {"content": [content]}}]
        self._json(200, {"choices": choices, **self._usage(body, 1)})

    def _score_prompt(self, body: dict[str, Any]) -> None:
        test, script = self.server_of_test, self.server_of_test.script
        assert isinstance(test.backend, ScoresPrompts)
        ids, asked = body["token_ids"], body["sampling_params"]
        start, wanted = asked["prompt_logprob_start"], asked["prompt_logprob_token_ids"]
        count = len(ids) - 1 - start
        if isinstance(wanted[0], list) != (script.scores_prompts == "place"):
            return self._json(400, {"error": {"message": "prompt_logprob_token_ids has another shape"}})
        rows = wanted if script.scores_prompts == "place" else [wanted] * count
        if len(rows) != count:
            return self._json(400, {"error": {"message": f"{len(rows)} rows, expected {count}"}})
        values = [test.backend.prompt_logprobs(ids, start + at, row) for at, row in enumerate(rows)]
        file = io.BytesIO()
        numpy.save(file, numpy.asarray(values, dtype=numpy.float32).reshape(count, -1))
        encoded = base64.b64encode(file.getvalue()).decode()
        return self._json(200, {"choices": [{"index": 0, "token_ids": [7]}], "prompt_token_id_logprobs": encoded})

    def _usage(self, body: dict[str, Any], written: int) -> dict[str, object]:
        read = len(body["messages"])
        usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        return {"usage": usage} if self.server_of_test.script.tells_usage else {}

    def _stream(self, body: dict[str, Any]) -> None:
        test, script = self.server_of_test, self.server_of_test.script
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        count = body.get("n", 1) if script.n == "gives" else 1
        rows = {index: test.backend.write(body, body["seed"] + index) for index in range(count)}
        sent = written = 0
        if script.gate is not None:
            script.gate.wait(60)
        try:
            while rows:
                for index, row in list(rows.items()):
                    piece = next(row, None)
                    if piece is None:
                        del rows[index]
                        continue
                    if sent == script.error_after:
                        self._event({"error": {"message": "EngineCore died", "code": 500}})
                    if sent == script.garbage_after:
                        self._chunk(b'data: {"choices": [{"ind\xff\n\n')
                    if sent == script.drop_after:
                        self.close_connection = True
                        return
                    told = {script.reasoning: piece.thought} if piece.thought else {"content": piece.text}
                    choice: dict[str, Any] = {"index": index, "delta": told, "finish_reason": piece.finish}
                    if body.get("return_token_ids"):
                        choice["token_ids"] = [7] * piece.tokens
                    self._event({"choices": [choice]})
                    sent, written = sent + 1, written + piece.tokens
                    test.closing.wait(script.wait)
            if body.get("stream_options", {}).get("include_usage"):
                self._event({"choices": [], **self._usage(body, written)})
            self._chunk(b"data: [DONE]\n\n")
            self._chunk(b"")
        except ConnectionError:
            test.broken.set()
            self.close_connection = True

    def _event(self, value: object) -> None:
        script = self.server_of_test.script
        self.server_of_test.events += 1
        text = json.dumps(value, ensure_ascii=script.escapes)
        self._chunk(f": comment\ndata: {text}{script.separator}".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _json(self, status: int, value: object) -> None:
        self._bytes(status, {"content-type": "application/json"}, json.dumps(value).encode())

    def _bytes(self, status: int, headers: Mapping[str, str], content: bytes, drip: float = 0.0) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        for at in range(len(content)) if drip else ():
            self.wfile.write(content[at : at + 1])
            self.server_of_test.closing.wait(drip)
        if not drip:
            self.wfile.write(content)
