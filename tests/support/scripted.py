"""A policy and a reward model that say what they are told to, for tests that need an exact, contrived answer."""

import threading
from collections.abc import Callable, Generator, Mapping, Sequence

from engine import Chunk, Engine, FinishReason, ModelCard, Models, Sampling

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
                self._gate.wait(10)
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
    models = Models(policy=ScriptedPolicy(texts, **policy), reward_model=ScriptedRewardModel(judge))
    return Engine(lambda: models)
