"""What a server of the tests serves: texts from a script, one that thinks, or a tiny network. Knows no HTTP."""

from __future__ import annotations

import base64
import io
import json
import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from PIL import Image
from transformers import PreTrainedTokenizerFast

from benchmarks.tiny_tokenizer import tiny_tokenizer
from engine.domain import Sampling
from engine.models.families.internvl_original.convert import CHAT_TEMPLATE
from engine.models.inference.network import Network, prefill
from engine.models.inference.sampler import decode
from engine.prompts.chat import IMAGE_END, IMAGE_START, IMAGE_TOKEN

PLUS_ID, MINUS_ID, LIKELIEST = 43, 45, 20


@dataclass(frozen=True)
class Piece:
    """What a choice writes next."""

    text: str
    tokens: int = 1
    finish: str | None = None
    thought: str = ""  # told in a field of its own


class Backend(Protocol):
    """What answers."""

    def write(self, body: Mapping[str, Any], seed: int) -> Iterator[Piece]: ...

    def logprobs(self, body: Mapping[str, Any]) -> Mapping[str, float]:
        """Of every token, by ``token_id:N``."""
        ...

    def tokenize(self, body: Mapping[str, Any]) -> list[int]: ...

    def spelling(self, token: int) -> str: ...


@runtime_checkable
class ScoresPrompts(Protocol):
    """What gives log-probabilities at places of a prompt, as vLLM's ``/inference/v1/generate`` does."""

    def prompt_logprobs(self, ids: Sequence[int], place: int, wanted: Sequence[int]) -> list[float]:
        """Of the tokens ``wanted`` behind ``ids[: place + 1]``, in this order."""
        ...


@runtime_checkable
class Answering(Protocol):
    """What answers a request whole, with the choice that it returns."""

    def answer(self, body: Mapping[str, Any]) -> Mapping[str, Any]: ...


def last_step(body: Mapping[str, Any]) -> str:
    """Return the step a scoring request asks about."""
    content = body["messages"][-1]["content"]
    text = content if isinstance(content, str) else content[-1]["text"]
    return str(text).rpartition("### Solution Process:\n")[2]


class Scripted:
    """Writes given texts word by word; P(+) of a step is 1 / (1 + its length)."""

    def __init__(self, *texts: str, opening: str = "") -> None:
        """``opening``: what the chat template writes behind the header of an answer."""
        self._opening = opening
        self._texts = texts or ("One bar.\n\nFinal answer: 1", "Two.\n\nFinal answer: 2")

    def write(self, body: Mapping[str, Any], seed: int) -> Iterator[Piece]:
        words = self._texts[seed % len(self._texts)].split(" ")
        limit = body["max_tokens"]
        for index, word in enumerate(words[:limit]):
            is_last = index + 1 == len(words)
            finish = "stop" if is_last else "length" if index + 1 == limit else None
            yield Piece(text=word if is_last else f"{word} ", finish=finish)

    def logprobs(self, body: Mapping[str, Any]) -> Mapping[str, float]:
        plus = 1 / (1 + len(last_step(body)))
        shares = {token: 0.1 / 64 for token in range(64, 128)}
        shares |= {PLUS_ID: 0.9 * plus, MINUS_ID: 0.9 * (1 - plus)}
        return {f"token_id:{token}": math.log(share) if share else -9999.0 for token, share in shares.items()}

    def prompt_logprobs(self, ids: Sequence[int], place: int, wanted: Sequence[int]) -> list[float]:
        text = "".join(map(chr, ids[: place + 1])).removesuffix("<|im_start|>assistant\n").removesuffix("<|im_end|>\n")
        step = text.rpartition("<|im_start|>user\n")[2].rpartition("### Solution Process:\n")[2]
        values = self.logprobs({"messages": [{"content": step}]})
        return [values.get(f"token_id:{token}", -9999.0) for token in wanted]

    def tokenize(self, body: Mapping[str, Any]) -> list[int]:
        text = body.get("prompt")
        if text is None:
            turns = [(f"<|im_start|>{m['role']}\n{m['content']}", bool(m["content"])) for m in body["messages"]]
            text = "".join(turn + "<|im_end|>\n" * is_closed for turn, is_closed in turns)
            text += f"<|im_start|>assistant\n{self._opening}" if body["add_generation_prompt"] else ""
        return [ord(letter) for letter in text]

    def spelling(self, token: int) -> str:
        return chr(token)


class Thinking(Scripted):
    """Tells a thought, word by word, in front of each text."""

    def __init__(self, thought: str, *texts: str) -> None:
        super().__init__(*texts)
        self._thought = thought

    def write(self, body: Mapping[str, Any], seed: int) -> Iterator[Piece]:
        words, limit = self._thought.split(), body["max_tokens"]
        for index, word in enumerate(words[:limit]):
            yield Piece(text="", thought=f"{word} ", finish="length" if index + 1 == limit else None)
        if len(words) < limit:
            yield from super().write({**body, "max_tokens": limit - len(words)}, seed)


class ServedModelInfo:
    """A real tiny network behind the chat template that ``convert`` writes, tokenized as a server does: the whole string."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._tokenizer: PreTrainedTokenizerFast = tiny_tokenizer()
        self._template = CHAT_TEMPLATE.format(bos="", system=json.dumps("Another system message."))
        self._lock = threading.Lock()

    def write(self, body: Mapping[str, Any], seed: int) -> Iterator[Piece]:
        ids, pictures = self._prompt(body)
        sampling = Sampling(n=1, temperature=body["temperature"], seed=seed, max_new_tokens=body["max_tokens"])
        chunks = decode(self._network, ids, sampling, pictures)
        tokens = 0
        while True:
            with self._lock:
                found = next(chunks, None)
            if found is None:
                return
            for chunk in found:
                is_stop = chunk.finish == "stop"
                yield Piece(chunk.text, chunk.tokens - tokens + is_stop, chunk.finish and chunk.finish.value)
                tokens = chunk.tokens

    def logprobs(self, body: Mapping[str, Any]) -> Mapping[str, float]:
        ids, pictures = self._prompt(body)
        with self._lock, torch.inference_mode():
            hidden = prefill(self._network, ids, pictures)[1]
            values = self._network.logits(hidden).log_softmax(-1).flatten().tolist()
        return {f"token_id:{token}": value for token, value in enumerate(values)}

    def prompt_logprobs(self, ids: Sequence[int], place: int, wanted: Sequence[int]) -> list[float]:
        with self._lock, torch.inference_mode():
            hidden = prefill(self._network, list(ids[: place + 1]), None)[1]
            return self._network.logits(hidden).log_softmax(-1).flatten()[list(wanted)].tolist()

    def tokenize(self, body: Mapping[str, Any]) -> list[int]:
        text = body.get("prompt")
        if text is None:
            text = self._render(body["messages"], is_open=body["add_generation_prompt"])
        return self._tokenizer.encode(text, add_special_tokens=False)

    def spelling(self, token: int) -> str:
        return self._tokenizer.decode([token])

    def _render(self, messages: Sequence[Mapping[str, Any]], *, is_open: bool, goes_on: bool = False) -> str:
        """As vLLM with content format "openai": every content is a list of parts. ``goes_on``: the last message is not closed."""
        listed = []
        for message in messages:
            content = message["content"]
            parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
            parts = [{"type": "image"} if part["type"] == "image_url" else part for part in parts]
            listed.append({"role": message["role"], "content": parts})
        return self._tokenizer.apply_chat_template(
            listed,
            chat_template=self._template,
            tokenize=False,
            add_generation_prompt=is_open,
            continue_final_message=goes_on,
        )

    def _prompt(self, body: Mapping[str, Any]) -> tuple[list[int], Any]:
        images = [_decoded(part) for m in body["messages"] if isinstance(m["content"], list) for part in m["content"]]
        images = [image for image in images if image is not None]
        is_open = body.get("add_generation_prompt", True)
        goes_on = body.get("continue_final_message", False)
        before, *rest = self._render(body["messages"], is_open=is_open, goes_on=goes_on).split(IMAGE_TOKEN)
        text = before
        for count, piece in zip(self._network.count_tiles(images), rest, strict=True):
            places = count * self._network.style.tokens_per_tile
            text += IMAGE_START + IMAGE_TOKEN * places + IMAGE_END + piece
        with self._lock:
            pictures = self._network.encode_pictures(images) if images else None
        return self._tokenizer.encode(text, add_special_tokens=False), pictures


def _decoded(part: Mapping[str, Any]) -> Image.Image | None:
    if part["type"] != "image_url":
        return None
    return Image.open(io.BytesIO(base64.b64decode(part["image_url"]["url"].partition(",")[2]))).convert("RGB")
