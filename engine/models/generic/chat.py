"""A checkpoint's own processor and chat template: messages of words and pictures -> what its ``forward`` takes.

The template is rendered in transformers' sandbox, with a time limit. Whatever people wrote goes through ``control_tokens`` first.
Without torchvision a processor reads pictures only: videos are what needs it. Runs no code of the checkpoint; knows no weights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor
from transformers import AutoImageProcessor, AutoProcessor, AutoTokenizer
from transformers.models.auto.processing_auto import processor_class_from_name

from engine.errors import InvalidRequest, LoadError
from engine.models.checkpoints.folder import read_json
from engine.models.families.template_check import THINKS, read_template, rendered
from engine.models.generic.control_tokens import control_tokens, harmless
from engine.models.generic.pictures import PictureMemory, RequestPictures
from engine.prompts.chat import IMAGE_PLACEHOLDER

NO_PICTURES = "This model reads text only. Leave the picture out, or choose a model that reads pictures."
PACKAGES = {
    "torchvision",
    "sentencepiece",
    "tiktoken",
    "protobuf",
    "mistral_common",
    "timm",
    "einops",
    "librosa",
    "num2words",
}
NOT_READ = ("num_crops", "labels")  # what processors add that no forward pass for an answer takes
_IMAGE = {"type": "image"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a dialogue."""

    role: str  # "system", "user" or "assistant"
    text: str
    has_pictures: bool = False  # all pictures of the problem stand in this turn: where it says <image>, else in front
    pictures_last: bool = False  # else behind


class Chat:
    """Writes prompts in a checkpoint's own turns."""

    def __init__(self, processor: Any, template: str) -> None:
        """``processor``: a processor, or a tokenizer alone for a model of text."""
        images = getattr(processor, "image_processor", None)
        self.reads_pictures = images is not None
        self._memory = None if images is None else PictureMemory(images)
        self.tokenizer: Any = getattr(processor, "tokenizer", processor)
        self._template = template
        named = (
            getattr(processor, name, None) for name in dir(type(processor)) + list(vars(processor)) if _is_token(name)
        )
        self._control = control_tokens(self.tokenizer, template, {each for each in named if isinstance(each, str)})
        self.processor = processor

    @property
    def thinks(self) -> bool:
        """Whether the template knows of thinking before an answer."""
        return any(mark in self._template for mark in THINKS)

    @classmethod
    def open(cls, folder: Path, *, needs_template: bool = True) -> Chat:
        """Open a folder's processor, or its tokenizer where it has no other. Raises LoadError with what to install."""
        template = read_template(folder)
        if template is None and needs_template:
            raise LoadError(
                f"{str(folder)!r} has no chat template (chat_template.jinja), so there is no telling how its model is prompted. "
                "Put its model's own beside config.json, or serve it with vLLM and give its address: see docs/deployment.md."
            )
        try:
            return cls(_open_processor(folder), template or "")
        except (ImportError, AttributeError, ValueError, OSError, TypeError, KeyError, RuntimeError) as error:
            raise LoadError(f"The processor of {str(folder)!r} cannot be opened: {_told(error)}") from error

    def prompt(
        self,
        messages: Sequence[Message],
        images: Sequence[Image] = (),
        behind: str = "",
        *,
        is_harmless: bool = False,
        opens: bool = True,
    ) -> dict[str, Any]:
        """Return what ``forward`` takes (``input_ids`` (1, Q) and the rest) up to the header of the next answer.

        ``images``: as :class:`RequestPictures` they are processed once for all prompts of a request.
        ``behind``: the beginning of that answer; ``is_harmless``: it went through :meth:`harmless` already. ``opens`` False: no
        answer is to follow. Raises InvalidRequest for a picture that the model does not read.
        """
        self._check(images)
        text = self.render(messages, images, opens=opens) + (behind if is_harmless else self.harmless(behind))
        bos = self.tokenizer.bos_token
        return self._processed(text, images, has_bos=bos is not None and text.startswith(bos))

    def plain(self, text: str, images: Sequence[Image] = ()) -> dict[str, Any]:
        """Return what ``forward`` takes for a text without turns."""
        self._check(images)
        return self._processed(self.harmless(text), images, has_bos=False)

    def pieces(self, texts: Sequence[str], images: Sequence[Image] = ()) -> dict[str, Any]:
        """Return what ``forward`` takes for texts that are tokenised one by one, behind the first token of every prompt if any."""
        self._check(images)
        bos = self.tokenizer.bos_token_id
        ids = [] if bos is None else [bos]
        for text in texts:
            ids += self.tokenizer.encode(self.harmless(text), add_special_tokens=False)
        return {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids), dtype=torch.long)}

    def harmless(self, text: str) -> str:
        """Return a person's text without the spelling of any control token."""
        return harmless(text, self._control)

    def _check(self, images: Sequence[Image]) -> None:
        if images and not self.reads_pictures:
            raise InvalidRequest(NO_PICTURES)

    def _processed(self, text: str, images: Sequence[Image], *, has_bos: bool) -> dict[str, Any]:
        given: dict[str, Any] = {"text": [text], "return_tensors": "pt"}
        pictures = images if isinstance(images, RequestPictures) else RequestPictures(images)
        if pictures:
            given["images"] = [list(pictures)]
        if has_bos:
            given["add_special_tokens"] = False
        try:
            with nullcontext() if self._memory is None else self._memory.of(pictures):
                batch: Mapping[str, Any] = self.processor(**given)
        except (
            ValueError,
            TypeError,
            LookupError,
            AttributeError,
            ZeroDivisionError,
        ) as error:  # transformers' own words
            raise InvalidRequest(f"This model's processor cannot read the problem: {error}") from error
        return {
            name: value for name, value in batch.items() if isinstance(value, Tensor | list) and name not in NOT_READ
        }

    def ids(self, messages: Sequence[Message], images: Sequence[Image] = (), behind: str = "") -> list[int]:
        """Return the token ids of a prompt."""
        found: list[int] = self.prompt(messages, images, behind)["input_ids"][0].tolist()
        return found

    def render(self, messages: Sequence[Message], images: Sequence[Image] = (), *, opens: bool = True) -> str:
        """Return the dialogue as the template writes it, up to the header of the next answer. Raises InvalidRequest."""
        tokens = self.tokenizer.special_tokens_map
        for written in (messages, _without_system(messages)):
            said = [self._as_json(message, images) for message in written]
            plain = [
                {**each, "content": message.text} for each, message in zip(said, self._harmless(written), strict=True)
            ]
            for each in (said, plain) if self.reads_pictures else (plain, said):
                text = rendered(self._template, each, opens=opens, enable_thinking=False, **tokens)
                if text and self._holds_all(text, written):
                    return text
                if images:
                    break  # a plain text would lose them
        raise InvalidRequest("This model's chat template cannot write this dialogue.")

    def _harmless(self, messages: Sequence[Message]) -> list[Message]:
        return [Message(role=each.role, text=self.harmless(each.text)) for each in messages]

    def _holds_all(self, text: str, messages: Sequence[Message]) -> bool:
        """Whether the template left no message out: some know no system message."""
        return all(each.text.strip() in text for each in self._harmless(messages))

    def _as_json(self, message: Message, images: Sequence[Image]) -> dict[str, Any]:
        text = message.text
        pieces = text.split(IMAGE_PLACEHOLDER) if message.has_pictures and images else [text]
        content: list[dict[str, str]] = []
        if message.has_pictures and images:
            if len(pieces) == 1:
                gaps = [""] * (len(images) - 1)
                pieces = [text, *gaps, ""] if message.pictures_last else ["", *gaps, text]
            if len(pieces) - 1 != len(images):
                raise InvalidRequest(
                    f"The question holds {IMAGE_PLACEHOLDER!r} {len(pieces) - 1} times, but the number of images is "
                    f"{len(images)}. Write it once per image, or leave it out: the images then come first."
                )
        for place, piece in enumerate(pieces):
            content += [_IMAGE] if place else []
            content += [{"type": "text", "text": self.harmless(piece)}] if piece or len(pieces) == 1 else []
        return {"role": message.role, "content": content}


def _without_system(messages: Sequence[Message]) -> Sequence[Message]:
    """Return the messages with the system's words in front of the first question."""
    first, *others = messages
    if first.role != "system":
        return messages
    asked = Message(role="user", text=f"{first.text}\n\n{others[0].text}", has_pictures=others[0].has_pictures)
    return (asked, *others[1:])


def _is_token(name: str) -> bool:
    return name.endswith("_token") and not name.startswith("_")


def _open_processor(folder: Path) -> Any:
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    config = {**_stated(folder / "processor_config.json"), **_stated(folder / "preprocessor_config.json")}
    if not config:
        return AutoTokenizer.from_pretrained(folder, **local)
    try:
        return AutoProcessor.from_pretrained(folder, **local)
    except (ImportError, AttributeError, ValueError, OSError, TypeError) as error:
        found = _processor_class(folder, config)
        if found is None:
            raise
        try:
            return _of_pictures(found).from_pretrained(folder, **local)
        except Exception as other:
            raise other from error


def _processor_class(folder: Path, config: Mapping[str, Any]) -> Any:
    """Return the class of a folder's processor; None where nothing names one."""
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING_NAMES  # filled when it is imported

    kind = read_json(folder / "config.json").get("model_type")
    name = config.get("processor_class") or _stated(folder / "tokenizer_config.json").get("processor_class")
    name = name or PROCESSOR_MAPPING_NAMES.get(str(kind))
    return processor_class_from_name(str(name)) if name else None


def _of_pictures(whole: Any) -> Any:
    """Return a processor class that does without what reads videos and sounds, where that cannot be opened."""

    class PictureProcessor(whole):  # type: ignore[misc]
        @classmethod
        def _get_arguments_from_pretrained(cls, folder: Any, processor_dict: Any = None, **settings: Any) -> list[Any]:
            images = AutoImageProcessor.from_pretrained(folder, **settings)
            found: dict[str, Any] = {"image_processor": images}
            for name in whole.get_attributes():
                if name == "tokenizer":
                    found[name] = AutoTokenizer.from_pretrained(folder, **settings)
                elif name not in found:  # some constructors look at its settings, which are named alike
                    found[name] = images if "video" in name else None
            return [found[name] for name in whole.get_attributes()]

        def check_argument_for_proper_class(self, name: str, argument: Any) -> Any:
            is_checked = name in ("tokenizer", "image_processor")
            return super().check_argument_for_proper_class(name, argument) if is_checked else None

    PictureProcessor.__name__ = PictureProcessor.__qualname__ = whole.__name__
    PictureProcessor.get_attributes = whole.get_attributes
    return PictureProcessor


def _stated(path: Path) -> dict[str, Any]:
    return read_json(path) if path.is_file() else {}


def _told(error: BaseException) -> str:
    """Return an error's words, and how to install the package that it misses."""
    words: list[str] = []
    found: BaseException | None = error
    while found is not None:
        words.append(f"{found}")
        found = found.__cause__ or found.__context__
    said = " ".join(words)
    named = re.search(
        r"[Nn]o module named '(\w+)|`?pip install (?:-U )?(\w[\w-]*)|requires the (\w[\w-]*) library", said
    )
    missing = next((each for each in named.groups() if each), "").lower() if named else ""
    if not missing:
        missing = next((package for package in sorted(PACKAGES) if package in said.lower()), "")
    first = " ".join(words[0].split()).partition(". ")[0].rstrip(".")
    return f"{first}." + (f" Install what it needs with: pip install {missing.replace('_', '-')}" if missing else "")


def as_device(inputs: Mapping[str, Any], device: torch.device, dtype: torch.dtype) -> dict[str, Any]:
    """Return inputs on a device, numbers of pictures in the model's dtype."""

    def moved(value: Any) -> Any:
        if isinstance(value, list):
            return [moved(each) for each in value]
        if not isinstance(value, Tensor):
            return value
        return value.to(device, dtype) if value.is_floating_point() else value.to(device)

    return {name: moved(value) for name, value in inputs.items()}
