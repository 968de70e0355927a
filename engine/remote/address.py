"""Where a served model is: ``http://host:8000/v1#model-name?system=none&prm_format=judge``. Pure; makes no request.

The part behind ``#`` is ours and never sent. Everything in it may be left out: the server is asked then.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from engine.errors import LoadError
from engine.metering.prices import NO_PRICES, TokenPrices
from engine.prompts.prompt_file import NO_PROMPTS, PromptFile

SCHEMES = ("http://", "https://")
API = "/v1"
OPTIONS = ("system", "plus", "minus", "prm_format")


class System(StrEnum):
    """Which system message is sent."""

    AUTO = "auto"  # InternVL's to a model that is named like one, else none
    INTERNVL = "internvl"
    NONE = "none"  # the server's chat template writes its own, or none


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One served model, as configured."""

    base: str  # e.g. "http://host:8000/v1", without a slash at the end
    model: str | None = None  # None: the only one the server has
    system: System = System.AUTO
    plus: int | None = None  # id of the token "+"; None: the server's /tokenize is asked
    minus: int | None = None  # id of the token "-"
    prm_format: str | None = None  # how a reward model is asked about steps; None: as its name says, else as VisualPRM
    prompts: PromptFile = NO_PROMPTS  # stated by a person
    prices: TokenPrices = NO_PRICES  # of a million tokens, by the model's name

    @property
    def root(self) -> str:
        """The server without the API's path: vLLM's own endpoints are there."""
        return self.base.removesuffix(API)


def is_address(source: str | Path | None) -> bool:
    """Return whether a configured model is an address of a server."""
    return isinstance(source, str) and source.lower().startswith(SCHEMES)


def read_address(source: str) -> Address:
    """Read a configured address.

    Raises:
        LoadError: it has no host, holds a password, or an option that is unknown or unusable.
    """
    try:
        parts = urlsplit(source.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise LoadError(f"{source!r} is not an address: {error}. Write http://host:port/v1#model-name.") from error
    if not host:
        raise LoadError(f"{source!r} names no host. Write http://host:port/v1#model-name.")
    if parts.username is not None or parts.password is not None:
        raise LoadError(
            f"The address of {host!r} holds a user or a password. Put the key into the environment variable "
            "VISUALPRM_API_KEY and leave it out of the address."
        )
    if parts.query:
        raise LoadError(f"{source!r} has a query before '#'; options come after the model's name: #name?system=none.")
    name, _, text = parts.fragment.partition("?")
    shown_host = f"[{host}]" if ":" in host else host
    place = shown_host if port is None else f"{shown_host}:{port}"
    options = _options(source, text)
    return Address(
        base=f"{parts.scheme.lower()}://{place}{parts.path.rstrip('/') or API}",
        model=name or None,
        system=_system(source, options.get("system", System.AUTO)),
        plus=_token_id(source, options.get("plus")),
        minus=_token_id(source, options.get("minus")),
        prm_format=options.get("prm_format"),
    )


def _options(source: str, text: str) -> dict[str, str]:
    try:
        options = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))
    except ValueError as error:
        raise LoadError(f"The options of {source!r} cannot be read: {error}. Write #name?system=none.") from error
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise LoadError(f"{source!r} has unknown options {unknown}; known are {', '.join(OPTIONS)}.")
    if ("plus" in options) != ("minus" in options):
        raise LoadError(f"{source!r} gives one of plus and minus; give both token ids, or neither.")
    return options


def _system(source: str, text: str) -> System:
    try:
        return System(text)
    except ValueError as error:
        raise LoadError(f"{source!r}: system is {text!r}; choose one of {', '.join(System)}.") from error


def _token_id(source: str, text: str | None) -> int | None:
    if text is not None and not text.isdecimal():
        raise LoadError(f"{source!r}: {text!r} is not a token id, which is a whole number from 0.")
    return None if text is None else int(text)
