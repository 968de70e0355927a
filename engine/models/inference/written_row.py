"""One row that is being written: its tokens, its text as it becomes certain, and why it ended. Knows no model."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.domain import FinishReason
from engine.models.inference.stop_strings import StopFilter
from engine.prompts.tokenizer import Detokenizer
from engine.protocols import Chunk
from engine.solution_text.thoughts import ThoughtSplitter


@dataclass(slots=True, kw_only=True, eq=False)
class RowText:
    """What is written of one row."""

    number: int  # what chunks call it
    longest: int  # tokens it may come to
    text: Detokenizer
    stop: StopFilter
    thoughts: ThoughtSplitter
    ids: list[int] = field(default_factory=list)  # written so far, the token that ends its turn not among them
    finish: FinishReason | None = None
    is_dropped: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be written."""
        return self.is_dropped or self.finish is not None

    def add(self, token: int, stop_ids: frozenset[int]) -> Chunk:
        """Take the next token; return what became certain."""
        text = ""
        if token in stop_ids:
            self.finish = FinishReason.STOP
        else:
            self.ids.append(token)
            text = self.stop.add(self.text.add(token))
            self.finish = FinishReason.LENGTH if len(self.ids) == self.longest else None
        if self.finish is not None:
            text += self.stop.add(self.text.finish())
        if self.stop.is_stopped:
            self.finish = FinishReason.STOP
        elif self.finish is not None:
            text += self.stop.finish()
        found = [self.thoughts.add(text)]
        if self.finish is not None:
            found.append(self.thoughts.finish())
        return Chunk(
            draw=self.number,
            text="".join(each.text for each in found),
            tokens=len(self.ids),
            finish=self.finish,
            thought="".join(each.thought for each in found),
            restarts=found[0].restarts,
        )
