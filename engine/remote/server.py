"""One served model: what is known of it, and how work for it is started. Shared by policy and reward model.

The server may be started after the app: what is not known yet is asked again with a later request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from PIL.Image import Image

from engine.errors import ServerError
from engine.metering.usage import TokenPrice
from engine.model_catalogue.model_choice import ModelPath
from engine.prompts.style import INTERNVL25_SYSTEM, PromptStyle
from engine.protocols import ModelCard
from engine.remote.address import Address, System
from engine.remote.background_loop import BackgroundLoop, BackgroundTask, Sink
from engine.remote.cancellable_call import CancellableCall
from engine.remote.client import Client, Limits
from engine.remote.errors import NoJson, Refused
from engine.remote.host_rule import HostRule
from engine.remote.json_access import at, int_at, text_at
from engine.remote.messages import as_data_uri
from engine.solution_text.thoughts import ThoughtMarks, marks_begun

FAMILY = "remote"
SERVED = "served"  # on another machine or by another program
UNKNOWN = "unknown"  # servers tell neither revision nor precision
TOKENS_OF_A_MARK = 16
SPACES = " \n\u010a\u0120\u2581"  # the last three: how vocabularies write lines and spaces
INTERNVL_NAMES = ("internvl", "visualprm")

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModelInfo:
    """What a server reports about its model."""

    name: str
    folder: str  # what it was loaded from; "" when the server does not say
    context: int | None  # tokens
    is_vllm: bool


class Server:
    """A connection to one served model."""

    def __init__(
        self,
        address: Address,
        api_key: str | None = None,
        limits: Limits | None = None,
        rule: HostRule | None = None,
    ) -> None:
        self.address = address
        self.limits = limits or Limits()
        self.client = Client(address, api_key, self.limits, rule)
        self.refuses_n = False  # several choices a request; learnt from its first refusal
        self.refuses_usage = False  # the question how many tokens a stream took; learnt likewise
        self.refuses_logprobs = False  # log-probabilities; learnt likewise
        self.tells_thoughts = False  # it tells thoughts apart itself; learnt from the first that it does
        self._thought_begun: tuple[ThoughtMarks | None] | None = None  # None: not asked yet
        self._loop = BackgroundLoop(self.client.close)
        self._identity = self.call(ServedModelInfo)

    @property
    def served(self) -> ServedModelInfo:
        """What the server reports about the model; requested on first use. Raises ServerError."""
        return self.identify()

    def identify(self, patience: float | None = None) -> ServedModelInfo:
        """Return what the server says of the model; ``patience`` as :meth:`CancellableCall.result`. Raises ServerError."""
        return self._identity.result(self._identify, patience)

    @property
    def price(self) -> TokenPrice | None:
        """What a million tokens of the model cost; None: no price is set, or it is not known yet which model it is."""
        known = self._identity.known
        return None if known is None else self.address.prices.of(known.name)

    def style(self) -> PromptStyle:
        """Return how the model wants its prompts written. Raises ServerError."""
        match self.address.system:
            case System.INTERNVL:
                is_internvl = True
            case System.NONE:
                is_internvl = False
            case System.AUTO:
                named = f"{self.served.name} {self.served.folder}".lower()
                is_internvl = any(name in named for name in INTERNVL_NAMES)
        style = PromptStyle(system=INTERNVL25_SYSTEM if is_internvl else None)
        return replace(style, **self.address.prompts.of(self.served.name).values)  # type: ignore[arg-type]  # its fields

    async def thought_begun(self) -> ThoughtMarks | None:
        """Return the marks of the thought that the server's chat template begins every answer with; None where it begins none.

        Runs on the background loop. Known of vLLM only; a server that tells thoughts apart leaves nothing of it in the text.
        """
        if self.tells_thoughts or not self.served.is_vllm:
            return None
        if self._thought_begun is None:
            dialogue = {"messages": [{"role": "user", "content": "?"}], "add_generation_prompt": True}
            body = {"model": self.served.name, **dialogue, "return_token_strs": True}
            try:
                told = at(await self.client.ask(f"{self.address.root}/tokenize", body), "token_strs")
            except (Refused, NoJson):
                told = None
            except ServerError:
                return None  # whoever samples hears why
            end = "".join(map(str, told[-TOKENS_OF_A_MARK:])) if isinstance(told, list) else ""
            self._thought_begun = (marks_begun(end.rstrip(SPACES)),)
        return self._thought_begun[0]

    def card(self, *, suffix: str = "") -> ModelCard:
        """Return what is known without a request."""
        known = self._identity.known
        return ModelCard(
            name=(known.name if known else self.address.model or self.address.base) + suffix,
            revision=UNKNOWN,
            family=FAMILY,
            path=ModelPath.SERVED,
            parameters=0,
            dtype=UNKNOWN,
            prompts=None if known is None else self.address.prompts.of(known.name).version,
            device=SERVED,  # not its address, which is its owner's business: runs are shared and exported
        )

    def send(self, work: Callable[[Sink[Item]], Coroutine[Any, Any, Result]]) -> BackgroundTask[Item, Result]:
        """Start a coroutine on the background loop."""
        return self._loop.send(work)

    def call(self, kind: type[Result]) -> CancellableCall[Result]:
        """Return a call whose result is of this kind; nothing is sent yet."""
        return CancellableCall(self._loop, self.limits, self.address.base)

    def close(self) -> None:
        """Cancel what is under way and close every connection. May be called twice."""
        self._loop.close()

    async def _identify(self) -> ServedModelInfo:
        models = await self.client.models()
        wanted = self.address.model
        names = [text_at(model, "id") for model in models]
        shown = ", ".join(map(repr, names)) or "none"
        if wanted is None and len(models) != 1:
            raise ServerError(
                f"The server at {self.address.base} serves several models or none: {shown}. Name one behind '#' in the address."
            )
        if wanted is not None and wanted not in names:
            raise ServerError(f"The server at {self.address.base} has no model {wanted!r}; it serves {shown}.")
        return _served(models[0] if wanted is None else models[names.index(wanted)])


def pictures_of(images: Sequence[Image]) -> Callable[[Sink[None]], Coroutine[Any, Any, tuple[str, ...]]]:
    """Return work that encodes pictures, off the event loop."""

    async def work(sink: Sink[None]) -> tuple[str, ...]:
        return tuple([await asyncio.to_thread(as_data_uri, image) for image in images])

    return work


def _served(model: Mapping[str, object]) -> ServedModelInfo:
    return ServedModelInfo(
        name=text_at(model, "id"),
        folder=text_at(model, "root"),
        context=int_at(model, "max_model_len"),
        is_vllm=text_at(model, "owned_by") == "vllm",
    )
