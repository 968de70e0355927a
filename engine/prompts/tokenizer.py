"""A checkpoint's tokenizer as the engine uses it: ids of harmless text, and text of streamed ids. No torch.

Wraps a ``tokenizers.Tokenizer`` whose special tokens are switched off for encoding, once and for good, so that no caller
can forget it. Knows nothing of prompts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Tokenizer

from engine.errors import LoadError
from engine.solution_text.thoughts import MARKS

TOKENIZER = "tokenizer.json"


# special tokens of some vocabularies that say something to whoever reads the answer
_READ = ("<|begin_of_box|>", "<|end_of_box|>", *(mark for marks in MARKS for mark in (marks.begin, marks.end)))
_UNLIKELY = "\ue000 \x01 ü 数 🂡"  # what small vocabularies lack


class Tokens:
    """Encodes text, finds special tokens, decodes ids. Safe to use from several threads: nothing in it changes."""

    def __init__(self, backend: Tokenizer, *, required: Iterable[str] = ()) -> None:
        self._backend = backend
        backend.encode_special_tokens = True
        backend.no_truncation()
        backend.no_padding()
        added = backend.get_added_tokens_decoder()
        self.special_ids = frozenset(index for index, token in added.items() if token.special)
        self._unread_ids = self.special_ids - {i for i, token in added.items() if token.content in _READ}
        for token in required:
            index = self.token_id(token)
            if index not in self.special_ids:
                raise LoadError(f"Token {token!r} (id {index}) is not marked special, so a question could forge it.")

    @classmethod
    def open(cls, folder: Path, *, required: Iterable[str] = ()) -> Tokens:
        """Read ``tokenizer.json`` of a checkpoint folder. Raises LoadError."""
        path = folder / TOKENIZER
        if not path.is_file():
            raise LoadError(f"{str(folder)!r} has no {TOKENIZER}.")
        try:
            backend = Tokenizer.from_file(str(path))
        except Exception as error:  # tokenizers raises bare Exception for every kind of bad file
            raise LoadError(f"{str(path)!r} is not a tokenizer: {error}") from error
        tokens = cls(backend, required=required)
        try:
            tokens.encode(_UNLIKELY)
        except Exception as error:  # such a question would fail later, in the middle of a run
            raise LoadError(f"{str(path)!r} cannot write every text as tokens: {error}") from error
        return tokens

    @classmethod
    def of(cls, backend: Tokenizer) -> Tokens:
        """Return the tokens of a copy of a tokenizer, which itself stays as it is."""
        return cls(Tokenizer.from_str(backend.to_str()))

    @property
    def bos(self) -> str | None:
        """The token the tokenizer itself begins every text with (InternLM2's "<s>"); None for most."""
        first: list[str] = self._backend.encode("", add_special_tokens=True).tokens
        return first[0] if first else None

    def encode(self, text: str) -> list[int]:
        """Return the ids of ordinary text: spellings of special tokens become ordinary tokens, nothing is added."""
        # a lone surrogate cannot be UTF-8 and would make the tokenizer raise
        clean = text.encode("utf-8", "replace").decode("utf-8")
        ids: list[int] = self._backend.encode(clean, add_special_tokens=False).ids
        return ids

    def has_special(self, token: str) -> bool:
        """Return whether a token is in the vocabulary and marked special, so that no text can forge it."""
        return self._backend.token_to_id(token) in self.special_ids

    def has(self, token: str) -> bool:
        """Return whether a token is in the vocabulary, special or not."""
        return self._backend.token_to_id(token) is not None

    def token_id(self, token: str) -> int:
        """Return the id of one token, special or not. Raises LoadError when the vocabulary lacks it."""
        index: int | None = self._backend.token_to_id(token)
        if index is None:
            raise LoadError(f"The checkpoint's tokenizer has no token {token!r}; this model family needs it.")
        return index

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ids; special tokens but marks of thoughts and answers are left out; broken UTF-8 becomes U+FFFD."""
        text: str = self._backend.decode([i for i in ids if i not in self._unread_ids], skip_special_tokens=False)
        return text


class Detokenizer:
    """Turns one row's ids into text as they come; the pieces together are the text of all ids. Never raises.

    Text is held back while it ends in a broken character, because the next byte may mend it.
    """

    def __init__(self, tokens: Tokens, behind: Sequence[int] = ()) -> None:
        """``behind``: ids whose text the row goes on from; it is not handed out again."""
        self._tokens = tokens
        self._ids = list(behind)  # a window: what decodes differently at a text's start needs one piece before it
        self._given = len(self._ids)  # ids of the window whose text was handed out

    def add(self, token: int) -> str:
        """Return the text that became certain with this id; often empty."""
        self._ids.append(token)
        before = self._tokens.decode(self._ids[: self._given])
        whole = self._tokens.decode(self._ids)
        if whole.endswith("\ufffd") or len(whole) <= len(before):
            return ""
        self._ids = self._ids[self._given :]
        self._given = len(self._ids)
        return whole[len(before) :]

    def finish(self) -> str:
        """Return what was held back."""
        before = self._tokens.decode(self._ids[: self._given])
        whole = self._tokens.decode(self._ids)
        self._given = len(self._ids)
        return whole[len(before) :]
