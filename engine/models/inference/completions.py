"""Rows of one problem that go on from beginnings of solutions: picture, prompt and beginnings are read once each.

A beginning that is the start of a longer one is a view of what was read of that: nothing of it is computed or stored twice. Its
tokens are those its whole text has, whoever wrote it. Knows no steps: where a beginning ends is the caller's choice.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace

from PIL.Image import Image

from engine.domain import Sampling
from engine.errors import OutOfMemory
from engine.models.inference import memory_budget
from engine.models.inference.decoder import Decoder
from engine.models.inference.decoding_request import Branch
from engine.models.inference.network import Network, Pictures
from engine.models.inference.reading import KnownTokens, TokensRead, read_behind, tokens_at_once
from engine.models.inference.sampler import check_length, read_prompt
from engine.prompts.segments import Segment, Text, encode
from engine.prompts.style import policy_prompt
from engine.protocols import Chunk, RowStart

MOST_ROWS = 512  # written at once where memory allows it
SEEN_BEHIND = 8  # tokens of a beginning that may decide how the text behind it is spelt


@dataclass(frozen=True, slots=True, kw_only=True)
class _CommonTokens:
    """Tokens to read, and the beginnings that end in them."""

    ids: Sequence[int]
    texts: list[str]  # the longest first


class NetworkCompletions:
    """Implements ``CompletionSession`` for any :class:`Network`."""

    repeated = 0

    def __init__(
        self,
        network: Network,
        segments: Sequence[Segment],
        prompt: Branch,
        pictures: Pictures | None,
        sampling: Sampling,
        decoder: Decoder,
    ) -> None:
        self._network = network
        self._segments = segments  # of the prompt
        thought = network.style.thought
        self._ended = () if thought is None else thought.end  # in front of every beginning
        self._prompt = prompt
        self._pictures = pictures if network.native_length is not None else None  # long prompts are read whole
        self._request = decoder.open(sampling, most=MOST_ROWS)
        self._ids: dict[str, Sequence[int]] = {"": ()}  # of beginnings, behind the prompt
        self._branches: dict[str, Branch] = {"": prompt}  # of beginnings that were read
        self._unread: list[str] = []
        self._added: list[RowStart] = []

    def read(self, texts: Sequence[str]) -> None:
        """See ``CompletionSession``."""
        for text in texts:
            if text not in self._ids:
                self._ids[text] = self._encoded(text)
                self._unread.append(text)

    def add(self, rows: Sequence[RowStart]) -> None:
        """See ``CompletionSession``."""
        self.read([row.text for row in rows])
        for row in rows:
            tokens = len(self._prompt.ids) + len(self._ids[row.text]) + 1
            check_length(tokens, self._network.context, "The beginning of the solution")
        self._added += rows

    def drop(self, row: int) -> None:
        """See ``CompletionSession``."""
        self._added = [each for each in self._added if each.row != row]
        self._request.drop(row)

    def write(self) -> Generator[tuple[Chunk, ...], None, None]:
        """See ``CompletionSession``."""
        while self._added or self._request.is_busy:
            yield from self._start()
            for chunks in self._request.write():
                yield chunks
                yield from self._start()

    def _start(self) -> Generator[tuple[Chunk, ...], None, None]:
        """Hand the rows that were added to the decoder, and read first what they go on from."""
        if self._added:
            yield from self._read_all()
        rows, self._added = self._added, []
        for row in rows:
            self._request.add(row.row, self._branches[row.text], row.seed, row.draw)

    def _read_all(self) -> Generator[tuple[Chunk, ...], None, None]:
        """Read the beginnings that were announced and not read yet: those that begin another together with it."""
        texts, self._unread = sorted(self._unread, key=lambda text: -len(self._ids[text])), []
        groups: list[_CommonTokens] = []
        for text in texts:
            ids = self._ids[text]
            tokens = len(self._prompt.ids) + len(ids)
            if tokens >= self._network.context:
                continue  # nothing goes on from it
            if self._network.native_length is not None and tokens > self._network.native_length:
                whole = read_prompt(self._network, [*self._prompt.ids, *ids], self._pictures)
                self._branches[text] = replace(whole, written=ids[-SEEN_BEHIND:])
                yield ()
                continue
            group = next((each for each in groups if each.ids[: len(ids)] == ids), None)
            if group is None:
                groups.append(_CommonTokens(ids=ids, texts=[text]))
            else:
                group.texts.append(text)
        if groups:
            yield from self._read_behind_prompt(groups)

    def _read_behind_prompt(self, groups: Sequence[_CommonTokens]) -> Generator[tuple[Chunk, ...], None, None]:
        known = [
            KnownTokens(ids=group.ids, places=sorted({len(self._ids[text]) - 1 for text in group.texts}))
            for group in groups
        ]
        read = yield from self._read_in_pieces(known)
        for group, wanted, found in zip(groups, known, read, strict=True):
            prefix = found.memory.as_prefix(self._prompt.prefix)
            for text in group.texts:
                ids = self._ids[text]
                place = wanted.places.index(len(ids) - 1)
                self._branches[text] = Branch(
                    prefix=prefix.first(len(ids)),
                    hidden=found.hidden[place : place + 1],
                    ids=[*self._prompt.ids, *ids],
                    written=ids[-SEEN_BEHIND:],
                )

    def _read_in_pieces(self, known: Sequence[KnownTokens]) -> Generator[tuple[Chunk, ...], None, list[TokensRead]]:
        """Read tokens behind the prompt, half as many in a forward whenever memory runs out."""
        prefix = self._prompt.prefix
        at_once = tokens_at_once(self._network, prefix, self._prompt.hidden, known)
        while True:
            try:
                return (yield from read_behind(self._network, prefix, known, at_once))
            except OutOfMemory:
                at_once //= 2
                if at_once < memory_budget.LEAST_TOKENS:
                    raise
            memory_budget.release(self._network.device)  # outside the handler, whose error still holds tensors

    def _encoded(self, text: str) -> Sequence[int]:
        """Return the tokens of a beginning, as they stand behind the prompt."""
        whole = encode((*self._segments, *self._ended, Text(text)), self._network.tokens)
        prompt = list(self._prompt.ids)
        is_behind = whole[: len(prompt)] == prompt  # not where a tokenizer joins the text with the prompt's end
        return tuple(whole[len(prompt) :] if is_behind else encode((*self._ended, Text(text)), self._network.tokens))


def open_completions(
    network: Network,
    images: Sequence[Image],
    question: str,
    sampling: Sampling,
    encode_pictures: Callable[[Sequence[Image]], Pictures] | None = None,
    decoder: Decoder | None = None,
) -> Generator[None, None, NetworkCompletions]:
    """Read images and prompt; see ``CompletesSolutions``, for the arguments :func:`sampler.sample`."""
    segments = policy_prompt(network.style, question, network.count_tiles(images))
    ids = encode(segments, network.tokens)
    check_length(len(ids) + 1, network.context, "The question")
    yield
    pictures = None
    if images:
        pictures = (encode_pictures or network.encode_pictures)(images)
        yield
    prompt = read_prompt(network, ids, pictures)
    yield
    return NetworkCompletions(network, segments, prompt, pictures, sampling, decoder or Decoder(network))
