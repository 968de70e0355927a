"""How families of models write a dialogue and the pictures in it: turn headers, turn ends, image tokens. Pure; no torch.

Source: InternVL2.5 ``conversation.py``; ChatML for the turns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.prompts.segments import Segment, Special, Text

TURN_START = "<|im_start|>"
TURN_END = "<|im_end|>"
IMAGE_START = "<img>"
IMAGE_TOKEN = "<IMG_CONTEXT>"
IMAGE_END = "</img>"
IMAGE_PLACEHOLDER = "<image>"  # how people and data sets write "the picture goes here"; not a token
TEMPLATE_TOKENS = (TURN_START, TURN_END, IMAGE_START, IMAGE_TOKEN, IMAGE_END)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTokens:
    """How a family writes one picture."""

    start: str  # special token in front
    token: str  # special token that stands for one feature
    end: str  # special token behind
    behind: str  # text between a picture and what follows, where the question does not say where pictures go
    between: str | None = None  # text between two pictures there; None: as behind one

    def picture(self, tiles: int, tokens_per_tile: int) -> tuple[Segment, ...]:
        """Return one picture of ``tiles`` tiles."""
        return (Special(self.start), Special(self.token, tiles * tokens_per_tile), Special(self.end))


INTERNVL_IMAGE_TOKENS = ImageTokens(start=IMAGE_START, token=IMAGE_TOKEN, end=IMAGE_END, behind="\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTemplate:
    """How a family writes a dialogue."""

    system: tuple[Segment, ...] | None  # header of the system message; None: its words begin the first turn of a person
    user: tuple[Segment, ...]  # header of a person's turn
    assistant: tuple[Segment, ...]  # header of the model's turn
    end: str  # special token behind a turn; a new line follows it
    opening: tuple[Segment, ...] = ()  # in front of the first turn
    gap: str = ""  # text between a header and words; nothing stands between a header and a picture
    behind_end: str = "\n"  # text behind the end of a turn
    answer_gap: str = ""  # how the vocabulary spells ``gap`` at the beginning of a token
    ends_user_turns: bool = True  # False: a person's turn ends with the header of the model's
    has_one_answer_header: bool = True  # False: its own template writes another one in front of answers that were given

    def system_turn(self, text: str) -> tuple[Segment, ...]:
        """Return a whole system message; nothing where it has no turn of its own."""
        return () if self.system is None else (*self.system, Text(self.gap + text), *self.turn_end())

    def user_turn(self, *content: Segment) -> tuple[Segment, ...]:
        """Return a person's turn without its end."""
        begins = next((segment for segment in content if segment != Text("")), None)
        gap = () if isinstance(begins, Special) or not self.gap else (Text(self.gap),)
        return (*self.user, *gap, *content)

    def user_end(self) -> tuple[Segment, ...]:
        """Return the end of a person's turn."""
        return self.turn_end() if self.ends_user_turns else ()

    def turn_end(self) -> tuple[Segment, ...]:
        """Return the end of a turn of the model, or of the system."""
        return (Special(self.end), Text(self.behind_end)) if self.behind_end else (Special(self.end),)

    def answer(self, answer: str) -> tuple[Segment, ...]:
        """Return what stands behind the model's header: the answer, one token, never through the tokenizer, and the end."""
        return (Special(answer), *self.turn_end())


CHATML = ChatTemplate(
    system=(Special(TURN_START), Text("system\n")),
    user=(Special(TURN_START), Text("user\n")),
    assistant=(Special(TURN_START), Text("assistant\n")),
    end=TURN_END,
)

# chat_template of Llama-3.1-8B-Instruct, without its first token, which the tokenizer names
_HEADER, _HEADER_END = Special("<|start_header_id|>"), Special("<|end_header_id|>")
LLAMA3 = ChatTemplate(
    system=(_HEADER, Text("system"), _HEADER_END, Text("\n\n")),
    user=(_HEADER, Text("user"), _HEADER_END, Text("\n\n")),
    assistant=(_HEADER, Text("assistant"), _HEADER_END, Text("\n\n")),
    end="<|eot_id|>",
    behind_end="",
)
LLAMA3_TOKENS = (_HEADER.token, _HEADER_END.token, LLAMA3.end)

# chat_template of gemma-7b-it, without its first token
GEMMA = ChatTemplate(
    system=None,
    user=(Special("<start_of_turn>"), Text("user\n")),
    assistant=(Special("<start_of_turn>"), Text("model\n")),
    end="<end_of_turn>",
)
GEMMA_TOKENS = ("<start_of_turn>", GEMMA.end)

# chat_template of Mistral-7B-Instruct-v0.3, and of Mistral-Nemo-Instruct, without its first token
MISTRAL_V3 = ChatTemplate(
    system=None,
    user=(Special("[INST]"),),
    assistant=(Special("[/INST]"),),
    end="</s>",
    gap=" ",
    behind_end="",
    answer_gap="\u2581",
    ends_user_turns=False,
)
MISTRAL_NEMO = replace(MISTRAL_V3, gap="", answer_gap="")
MISTRAL_TOKENS = ("[INST]", "[/INST]", MISTRAL_V3.end)
