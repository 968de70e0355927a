r"""Where a solution states its final answer.

Pure text. A statement is a box, "Final answer: ..", "the correct option is ..", "#### 18" or its like in other languages. The
last one in the text wins; what stands inside ``<think>`` counts for nothing, a statement that says nothing hides no earlier one.

Source: the two sampling prompts of VisualPRM ("Final answer: .." and the boxed variant); the forms that published solutions have.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from engine.answers.choices import read_choice
from engine.answers.sentences import value_concluded, value_in
from engine.answers.unwrapping import Box, find_boxes, unit_behind, unwrap
from engine.solution_text.thoughts import MARKS

_MOST_CHARACTERS = 200_000  # of a response; the end of a longer one is read
_MOST_OF_STATEMENT = 2_000  # characters
_MOST_STATEMENTS = 100  # that are looked at, the last ones

_BEGINS = "|".join(re.escape(mark) for mark in (*(marks.begin for marks in MARKS), "<reasoning>"))
_ENDS = "|".join(re.escape(mark) for mark in (*(marks.end for marks in MARKS), "</reasoning>"))
_THOUGHT = re.compile(f"({_BEGINS})|({_ENDS})", re.IGNORECASE)
_BOX_TOKENS = re.compile(
    r"<\|begin_of_box\|>((?:(?!<\|begin_of_box\|>).){1,2000}?)<\|end_of_box\|>", re.DOTALL
)  # GLM's
_TURN_END = re.compile(r"<\|(?:im_start|im_end|endoftext|eot_id|end)\|>|</s>")  # and what a model writes on behind
_MARKUP = r"[ \t*_#]*"
_VERB = (
    r"(?:is|are|was|were|to\s+be|(?:should|would|will|must|can)\s+be)"
    r"(?:\s+(?:therefore|thus|then|simply|clearly|hence|indeed|now))?"
)
_NOUN = (
    r"(?:(?:final|correct|right|best|my|our)\s+){0,3}(?:answers?|ans)(?:\s+(?:choice|option|letter))?"
    r"|(?:correct|right|best|final)\s+(?:option|choice|statement|value|result|letter)"
)
# A statement begins behind one of these; what it says is the rest of the line, or the next one that is not empty.
_STATED = re.compile(
    rf"""(?<![^\W_])(?:
      (?P<noun>{_NOUN})(?:\s+(?:to|of|for)\s+(?:(?:the|this|your)\s+[^\W\d_]+|part\s+\(?[a-z\d]\)?))?{_MARKUP}
        (?:{_VERB}(?![^\W_]){_MARKUP}[:：]? | (?P<colon>[:：=]|[–—](?=\ )) | [ \t]*(?=\$|\\[\[(]))
    | (?:antwort{_MARKUP}(?:lautet|ist|[:：]) | r[ée]ponse(?:\s+finale)?{_MARKUP}(?:est|[:：])
      | respuesta(?:\s+(?:final|correcta))?{_MARKUP}(?:es|[:：]) | risposta(?:\s+(?:finale|corretta))?{_MARKUP}(?:è|[:：])
      | resposta(?:\s+(?:final|correta))?{_MARKUP}(?:é|[:：]) | ответ{_MARKUP}[:：—-]){_MARKUP}[:：]?
    )
    | (?:答案|选项)(?:是|为|应为|应该是|应该为|应是|选)?{_MARKUP}[:：]
    | 答案{_MARKUP}(?:应该是|应该为|应为|应是|是|为|选)
    | (?:故|因此|所以|应|综上)应?(?:选择|选)项?{_MARKUP}[:：]?(?=[\s(（$\\]{{0,4}}[A-Ja-jＡ-Ｊ])
    | (?:الجواب|الإجابة)(?:\s+النهائية)?{_MARKUP}(?:هو|هي|[:：])
    | (?<!\w)答{_MARKUP}[:：] | (?:答え|正解|解答)(?:は|[:：]) | (?:정답|답)(?:은|는|[:：])
    """,
    re.IGNORECASE | re.VERBOSE,
)
_HEADING = re.compile(
    rf"^{_MARKUP}(?:\d+\.[ \t])?(?:(?:final|correct)[ \t]+)?(?:answers?|最终答案|答案){_MARKUP}(?:[:：]{_MARKUP})?\r?$",
    re.IGNORECASE | re.MULTILINE,
)
# Each statement has one of these in it, before which only "my" and "our" may stand: looking for these first makes reading an answer
# four times as fast. A text with letters that re, ignoring case, takes for others is read from its start.
_HINTS = ("ans", "correct", "right", "best", "final", "antwort", "reponse", "respuesta", "risposta", "resposta")
_FOREIGN_HINTS = (
    "réponse", "ответ", "答", "选项", "故", "因此", "所以", "应", "综上", "正解", "解答", "정답", "답", "الجواب", "الإجابة",
)  # fmt: skip
_FOLDED = re.compile("[\u0130\u0131\u017f\u212a\u1c80-\u1c88]")
_MARK_STARTS = {mark[0] for marks in MARKS for mark in (marks.begin, marks.end)} | {"<"}  # no letters
_HASHES = re.compile(r"^####[ \t]?(?P<answer>[-+$€£]{0,2}\d[\d,./]{0,40}%?|\(?[A-J]\)?)[ \t]*\r?$", re.MULTILINE)
_TAG = re.compile(r"<answer>(?P<answer>(?:(?!</?answer>).){1,500})</answer>", re.IGNORECASE | re.DOTALL)
_BLANK = re.compile(r"[\s*_#>:：-]*")
_UNSURE = re.compile(
    r"\b(?:if|whether|suppose|assum\w+|unless|not|what|which|how|that)\s+(?:the|my|our|an?|that\s+the)?\s*$",
    re.IGNORECASE,
)
_DENIED = re.compile(  # "the answer is found by adding", "the answer is not 5"
    r"(?:not|n't|never|unclear|unknown|undetermined|wrong|incorrect|right|correct|found|obtained|given|calculated|determined)\b[^:]*",
    re.IGNORECASE,
)
_MINUS = re.compile(r"-$|(?<=[ :：])- $")  # of a number; a list has it on a line of its own
_SAYS_SOMETHING = re.compile(r"[^\W_]|[<>=∞∅√π]|\\(?:infty|emptyset|varnothing|pi)\b")  # what can be a whole answer
_OPENER = re.compile(r"[ \t]*(?:\$\$|\\\[|```\w*|\\begin\{[a-z*]+\})[ \t]*$")
_BREAK = re.compile(r"[.!?。！？;；](?=[\s\"')\]}$*]|$)|[。！？]|\n\s*\n|\n[ \t]*(?=[-*#>]|\d+[.)]|[A-Z][a-z])")
_BULLET = re.compile(r"^[-*•>][ \t]+(?!\d)")
_OPTION_LINE = re.compile(
    r"(?:(?:so|thus|therefore|hence)\W+)?"
    r"(?:(?:the\s+)?(?:correct\s+|right\s+)?(?:option|choice|answer)(?:\s+is)?\W{0,4}\(?[A-J]\b.{0,200}|[(\[]?[A-J][)\]]?\.?)",
    re.IGNORECASE,
)
_CONCLUDED = re.compile(
    r"\b(?:therefore|thus|hence|so|corresponds?\s+to|matches|choose|select|pick|is)\b[^.!?\n]{0,60}?"
    r"\b(?:option|choice|answer)\s+[*_$(\\]{0,6}(?P<letter>[A-J])\b(?![^.!?\n]{0,40}\b(?:not|in|un)\s?(?:correct|true|right|likely))"
    r"|\b(?:option|choice)\s+[*_$(]{0,6}(?P<subject>[A-J])\b[*_$)]{0,6}\s+is\s+(?:the\s+|therefore\s+)?(?:correct|right|best|answer)",
    re.IGNORECASE,
)
_CONCLUSION = re.compile(  # the last sentence, where it draws one
    r"(?:^|(?<=[.!?。])\s+|(?<=\n))[*_]*(?:therefore|thus|hence|so|consequently|as\s+a\s+result|in\s+conclusion|因此|所以|综上(?:所述)?)"
    r"(?![^\W_a-z]?[a-z])[*_]*[,，:]?[*_]*\s*(?P<said>(?:(?![.!?][*_]*\s+[A-Z*_\"“])[^\n。])+)。?\s*$",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"[-+$€£]?\d[\d,./]*(?: ?[^\W\d_]{1,12}| ?[%°])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """A place that may state the answer."""

    start: int
    end: int  # behind what it says
    text: str
    is_box: bool = False  # it says nothing but the answer
    is_loose: bool = False  # "answer" without "final": what follows may be a sentence that goes on


def read_answer(response: str) -> str | None:
    r"""Return the final answer of a response, or ``None`` when it states none.

    The last statement wins: a ``\boxed{...}``, "Final answer: ...", "The answer is ...", a line under a heading "Final answer",
    "#### 18", "答案：C". Markup around the answer and the sentence that it stands in are removed; several boxes of one
    sentence are a list, or stay as they are written behind "Final answer:". What has no letter or digit
    ("..") is no answer. For a solution that was cut off, do not ask.
    """
    text = _without_thoughts(_TURN_END.split(response[-_MOST_CHARACTERS:], maxsplit=1)[0])
    text = _BOX_TOKENS.sub(lambda box: rf"\boxed{{{box[1].strip()}}}", text) if "<|begin_of_box|>" in text else text
    boxes = find_boxes(text) if "box" in text or "oxed" in text else []
    statements = _statements(text, boxes)
    for statement in sorted(statements, key=lambda each: (each.end, each.start), reverse=True):
        answer = _settle(statement)
        if answer is not None:
            return _later_option(text, statement) or answer
    return _concluded(text, bool(statements or boxes))


def _without_thoughts(text: str) -> str:
    """Return a text without what stands inside ``<think>``, and before a ``</think>`` that was opened by the prompt."""
    if not any(each in text for each in _MARK_STARTS) or _THOUGHT.search(text) is None:
        return text
    kept, begin, depth = "", 0, 0
    for match in _THOUGHT.finditer(text):
        if match[1]:
            kept += text[begin : match.start()] if depth == 0 else ""
            depth += 1
        else:
            kept = "" if depth == 0 else kept
            depth = max(0, depth - 1)
        begin = match.end()
    return kept + (text[begin:] if depth == 0 else "")


def _statements(text: str, boxes: list[Box]) -> list[_Statement]:
    """Return every place that may state the answer; a box inside a statement belongs to it."""
    found: list[_Statement] = []
    begin, heading = _where_to_look(text)
    for match in _STATED.finditer(text, begin):
        if not (match["noun"] and _UNSURE.search(text[max(0, match.start() - 30) : match.start()])):
            is_final = not match["noun"] or "final" in match["noun"].lower() or "ption" in match["noun"].lower()
            found += _content(text, match.end(), boxes, is_loose=not is_final and not match["colon"])
    for match in _HEADING.finditer(text, heading):
        found += _content(text, match.end(), boxes, is_loose=False)
    for pattern in (_HASHES, _TAG):
        found += [
            _Statement(start=match.start(), end=match.end(), text=match["answer"]) for match in pattern.finditer(text)
        ]
    found = sorted(found, key=lambda each: each.end)[-_MOST_STATEMENTS:]
    covered = [(each.start, each.end) for each in found]
    for group in _sentences_of(text, [box for box in boxes if _SAYS_SOMETHING.search(_plain(box.content))])[
        -_MOST_STATEMENTS:
    ]:
        first, last = group[0], group[-1]
        if not any(start <= first.start and last.end <= end for start, end in covered):
            found.append(_Statement(start=first.start, end=last.end, text=_boxed(text, group), is_box=True))
    return found


def _where_to_look(text: str) -> tuple[int, int]:
    """Return the first places where a statement and where a heading could begin; the end of the text where none is."""
    if _FOLDED.search(text):
        return 0, 0
    lowered = text.lower()
    hints = _HINTS if text.isascii() else _HINTS + _FOREIGN_HINTS
    first = min((at for hint in hints if (at := lowered.find(hint)) >= 0), default=len(text))
    heading = max(0, text.rfind("\n", 0, first)) if "answer" in lowered or "答案" in lowered else len(text)
    for _ in range(3):
        before = lowered[:first].rstrip()
        if not before.endswith(("my", "our")) or first == len(text):
            break
        first = max(0, len(before) - len("our"))
    return first, heading


def _content(text: str, begin: int, boxes: list[Box], *, is_loose: bool) -> list[_Statement]:
    """Return the statement that begins behind a marker: to the end of its line, or of the formula that the line opens."""
    skipped = _BLANK.match(text, begin)
    start = skipped.end() if skipped else begin
    minus = _MINUS.search(text[begin:start])
    if minus is not None and text[start : start + 1].isalnum():
        start = begin + minus.start()
    end = text.find("\n", start, start + _MOST_OF_STATEMENT)
    end = min(len(text), start + _MOST_OF_STATEMENT) if end < 0 else end
    is_block = False
    if _OPENER.match(text[start:end]):
        for closer in ("$$", r"\]", "```", r"\end{"):
            closed = text.find(closer, end, start + _MOST_OF_STATEMENT)
            if closed >= 0 and closer[:1] == text[start:end].strip()[:1]:
                end = closed + len(closer)
                is_block = True
                break
    for box in boxes[bisect_left(boxes, start, key=_start) :]:
        if box.start >= end:
            break
        if start <= box.start < end < box.end < start + 2 * _MOST_OF_STATEMENT:
            end = box.end
    content = ("**" if text[begin:start].endswith("**") and "**" in text[start:end] else "") + text[start:end]
    content = content.replace("\n", " ") if is_block else content
    return [_Statement(start=begin, end=end, text=content, is_loose=is_loose)] if content.strip() else []


def _start(box: Box) -> int:
    return box.start


def _sentences_of(text: str, boxes: list[Box]) -> list[list[Box]]:
    """Return the boxes in groups, one for each sentence they stand in."""
    groups: list[list[Box]] = []
    for box in boxes:
        if groups and not _BREAK.search(text[groups[-1][-1].end : box.start][:2_000]):
            groups[-1].append(box)
        else:
            groups.append([box])
    return groups


def _boxed(text: str, group: list[Box]) -> str:
    """Return what the boxes of one sentence say: one with its unit, several, equal ones once, as a list."""
    contents = list(dict.fromkeys(unwrap(box.content) for box in group))
    if len(contents) == 1:
        return contents[0] + unit_behind(text[group[-1].end : group[-1].end + 200], any_word=False)
    return ", ".join(contents)


def _settle(statement: _Statement) -> str | None:
    """Return the answer that a statement makes, ``None`` when it makes none."""
    text = _BULLET.sub("", statement.text.strip())
    if text.rstrip(" *_$").endswith(("?", "？")) or _DENIED.fullmatch(text.strip(" *_.")):
        return None
    answer = unwrap(text) if statement.is_box else value_in(text, is_loose=statement.is_loose)
    return answer if answer is not None and _SAYS_SOMETHING.search(_plain(answer)) else None


def _plain(content: str) -> str:
    return re.sub(r"\\(?:text|mathrm|mathbf|textbf|[,;:! ])", "", content)


def _later_option(text: str, statement: _Statement) -> str | None:
    """Return the option that stands alone in the last paragraph, one step behind what was stated."""
    rest = text[statement.end :].strip()
    last = rest.rpartition("\n\n")[2].strip()
    if not last or "\n" in last or not _OPTION_LINE.fullmatch(unwrap(last.strip("*_#$ "))):
        return None
    return unwrap(last.strip("*_# ")) if read_choice(last.strip("*_#$ ")) else None


def _concluded(text: str, says_more: bool) -> str | None:
    """Return the answer of a response that has no statement: all it says, or the option that its last paragraph ends with."""
    last = text.strip().rpartition("\n\n")[2].strip()
    bare = unwrap(last.strip("*_#$ "))
    is_all = last == text.strip() and not says_more
    if "\n" not in bare and len(bare) < 200 and (is_all or _OPTION_LINE.fullmatch(bare)) and read_choice(bare):
        return bare
    if is_all and _WHOLE.fullmatch(bare):
        return bare
    letters = {(match["letter"] or match["subject"]) for match in _CONCLUDED.finditer(last[-1_000:])}
    if letters or says_more:
        return letters.pop() if len(letters) == 1 else None
    conclusion = _CONCLUSION.search(last[-_MOST_OF_STATEMENT:])
    return None if conclusion is None else value_concluded(conclusion["said"])
