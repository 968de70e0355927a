"""A policy and a reward model that say what they are told to, for tests that need an exact, contrived answer."""

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace

from engine import Chunk, Engine, FinishReason, ModelCard, Models, Sampling
from engine.protocols import RowStart

CARD = ModelCard(name="scripted", revision="1", family="scripted", parameters=0, dtype="float32", device="cpu")


def steps_of(text: str) -> tuple[str, ...]:
    """The steps a policy's whole text has: white space around them stripped, empty ones dropped."""
    return tuple(part.strip() for part in text.split("\n\n") if part.strip())


class ScriptedPolicy:
    """Writes ``texts[draw]`` a word at a time; ``gate`` (when given) is waited for before every word after the first."""

    card = CARD

    def __init__(self, texts: Sequence[str], notice: str | None = None, gate: threading.Event | None = None) -> None:
        self._texts = texts
        self._notice = notice
        self._gate = gate

    def sample(self, images, question: str, sampling: Sampling) -> Generator[tuple[Chunk, ...], None, None]:
        yield ()
        words = [self._texts[draw % len(self._texts)].split(" ") for draw in range(sampling.n)]
        for turn in range(max(map(len, words))):
            if self._gate is not None and turn:
                self._gate.wait(60)
            chunks = []
            for draw, row in enumerate(words):
                if turn < len(row):
                    last = turn == len(row) - 1
                    text = row[turn] if last else row[turn] + " "
                    chunks.append(
                        Chunk(draw=draw, text=text, tokens=turn + 1, finish=FinishReason.STOP if last else None)
                    )
            yield tuple(chunks)

    def out_of_distribution_notice(self, images, question: str) -> str | None:
        return self._notice


class ScriptedCompletions:
    """Goes on from a text as ``complete(text, draw)`` says, a word at a time; None: it never ends by itself."""

    repeated = 0

    def __init__(self, complete: Callable[[str, int], str | None], longest: int = 40) -> None:
        self._complete = complete
        self._longest = longest  # tokens of a row that never ends
        self._rows: dict[int, list[str]] = {}  # words still to write
        self._tokens: dict[int, int] = {}
        self.started: list[tuple[str, int]] = []  # text and draw, in order
        self.announced: list[str] = []
        self.most_at_once = 0

    def read(self, texts: Sequence[str]) -> None:
        self.announced += texts

    def add(self, rows: Sequence[RowStart]) -> None:
        for row in rows:
            text = self._complete(row.text, row.draw)
            assert row.row not in self._tokens, "each number once"
            self.started.append((row.text, row.draw))
            self._rows[row.row] = ["on "] * self._longest if text is None else [*text.split(" "), ""]
            self._tokens[row.row] = 0

    def drop(self, row: int) -> None:
        self._rows.pop(row, None)

    def write(self) -> Generator[tuple[Chunk, ...], None, None]:
        while self._rows:
            self.most_at_once = max(self.most_at_once, len(self._rows))
            yield tuple(self._next(row) for row in list(self._rows))

    def _next(self, row: int) -> Chunk:
        word, *rest = self._rows[row]
        finish = FinishReason.STOP if rest == [""] else None if rest else FinishReason.LENGTH
        self._tokens[row] += 1
        self._rows[row] = rest
        if finish is not None:
            del self._rows[row]
        text = word if finish is FinishReason.STOP or word == "on " else f"{word} "
        return Chunk(draw=row, text=text, tokens=self._tokens[row], finish=finish)


class ThinkingCompletions(ScriptedCompletions):
    """Writes thoughts alone, which never end."""

    def _next(self, row: int) -> Chunk:
        chunk = super()._next(row)
        return replace(chunk, text="", thought=chunk.text)


class CompletingPolicy(ScriptedPolicy):
    """A scripted policy that goes on from a beginning as ``complete(beginning, draw)`` says; None: it is cut off."""

    def __init__(
        self,
        texts: Sequence[str],
        complete: Callable[[str, int], str | None],
        gate: threading.Event | None = None,
        longest: int = 40,
        kind: type[ScriptedCompletions] = ScriptedCompletions,
    ) -> None:
        super().__init__(texts, gate=gate)
        self._complete = complete
        self._kind = kind
        self._longest = longest  # tokens of a row that is cut off
        self.asked: list[tuple[str, Sampling]] = []  # question and sampling of each session

    def open_completions(self, images, question: str, sampling: Sampling) -> Generator[None, None, ScriptedCompletions]:
        yield
        self.asked.append((question, sampling))
        while self._gate is not None and not self._gate.wait(0.005):
            yield  # the engine serves others meanwhile
        return self._kind(self._complete, self._longest)


class ScriptedSession:
    """Scores a step by ``judge(text)``."""

    def __init__(self, judge: Callable[[str], float]) -> None:
        self._judge = judge

    def score(self, new_steps: Mapping[int, Sequence[str]]) -> Generator[None, None, Mapping[int, tuple[float, ...]]]:
        yield
        return {row: tuple(self._judge(step) for step in steps) for row, steps in new_steps.items()}

    def drop(self, row: int) -> None:
        pass


class ScriptedRewardModel:
    """Gives every step the score ``judge`` says."""

    card = CARD
    notice: str | None = None

    def __init__(self, judge: Callable[[str], float] = lambda step: 0.5) -> None:
        self._judge = judge

    def count_tiles(self, images) -> tuple[int, ...]:
        return (1,) * len(images)

    def open_session(self, images, question: str, *, one_pass: bool = True) -> Generator[None, None, ScriptedSession]:
        yield
        return ScriptedSession(self._judge)


def scripted_engine(texts: Sequence[str], judge: Callable[[str], float] = lambda step: 0.5, **policy: object) -> Engine:
    """A real engine with scripted models."""
    kind = CompletingPolicy if "complete" in policy else ScriptedPolicy
    models = Models(policy=kind(texts, **policy), reward_model=ScriptedRewardModel(judge))
    return Engine(lambda: models)
