"""The answer in the sentence around it: "The volume of $PQRS$ is 96. I hope it is correct." says 96.

Pure text. What is not a sentence ("the red triangle", "C. 16 cm") is an answer as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from engine.answers.choices import read_choice, read_yes_no
from engine.answers.names import is_name
from engine.answers.unwrapping import find_boxes, unwrap

_MOST_CHARACTERS = 2_000

_RUN = re.compile(r"(\s)\1{2,}")
_END = re.compile(
    r"(?<=[^\s.])[.!?](?:[*_$)\]}]|\\\))*\s+(?=[*_(\"“]*(?:[A-Z][a-z']|I\b|\*\*|[^\x00-\x7f]))|(?<=.)。(?=.)|\n"
)
_REMARK = re.compile(r"(?<=[^\s(,])\s*[(（](?=[^()（）\\]*[^\W\d_]{3})[^()（）\\]*[)）]\s*\.?$")
_CLAUSE = re.compile(
    r"[,;]?\s+(?:because|since|as\b|so\b|which|where|and\s+therefore|and\s+so|hence|thus|when|given|assuming|rounded|after|due|for\s+which|with)\b.*"
    r"|\s*,\s*(?:as|so|because|since|which|i\.e\.|or\s+approximately|because).*|\s+[—–]\s+.*"
    r"|\s+(?:for|in|of)\s+(?:the|this|our|all|each|your)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
_MATHS = re.compile(r"(?<!\\)\$\$?([^$\n]+?)\$\$?(?!\d)|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_VERB = re.compile(
    r"\s(?:is|are|was|were|equals?|=|be|gives?|becomes?|contains?|has|have|needs?|takes?|costs?|measures?|weighs?)(?:\s+(?:therefore|thus|then|equal\s+to|given\s+by|exactly|simply|approximately|about|only))?\s*:?\s+|[:：]\s+",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?<![\w.,/^{\\-])[-−+]?[$€£¥]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?(?:\s?[%°]|\s(?:cm|mm|km|kg|m)\b)?(?![\w/])"
)
_COMMAND = re.compile(r"\\(?:text|mathrm|textbf|mathbf|mbox|operatorname)\s*\{[^{}]*\}|\\[A-Za-z]+")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_STARTS_LIKE_ONE = re.compile(
    r"[*_$\\(\[{\"“'|<>≤≥±√∞∅~≈-]*(?:\\|\d|[.]\d|[A-Za-zα-ω](?![\w'])|[A-Z]{2,}\b|[A-Z])|[^\x00-\x7f]|[*_$\\(\[{\"“]"
)
_STARTS_LIKE_VALUE = re.compile(
    r"[*_$\\(\[{\"“'|<>≤≥±√∞∅~≈+−-]*(?:\\(?!text)|\d|[.]\d|[a-zα-ω](?![\w'])|[a-z]\([a-z]\))"
)
_ARTICLES = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)
_NO_VALUE = re.compile(
    r"(?:not|found|given|obtained|calculated|correct|right|true|required|"
    r"(?:the |our |my )?(?:correct |final |only )?(?:solution|answer|result)s?)\b",
    re.IGNORECASE,
)
_SENTENCE_START = re.compile(
    r"^(?:the|this|that|there|it|so|thus|therefore|hence|he|she|they|we|i|his|her|their|our|its|each|both|in|on|at|all)\b|^[A-Z][a-z]+\s+(?:is|are|has|have|was|needs|will)\b",
    re.IGNORECASE,
)


def value_in(statement: str, *, is_loose: bool) -> str | None:
    """Return the answer in a statement; ``None`` when a loose one ("the answer is found by ...") gives none."""
    text = _RUN.sub(r"\1\1", statement.strip())
    if len(text) > _MOST_CHARACTERS:
        text = text[:_MOST_CHARACTERS]
    boxes = find_boxes(text)
    if any(re.search(r"\w", box.content) for box in boxes):
        return _boxed(text)
    for box in reversed(boxes):  # empty ones
        text = text[: box.start] + text[box.end :]
    sentence = _closed(_END.split(text, maxsplit=1)[0])
    bold = _only_one({each for each in _BOLD.findall(sentence) if len(_words(each)) < 6})
    text = unwrap(sentence)
    if read_choice(text) is not None:
        return text
    if read_yes_no(text) is not None:
        return text.partition(",")[0].strip() if len(_words(text)) < 12 else read_yes_no(text)
    text = _closed(_REMARK.sub("", text)) if _WORDS.search(_REMARK.sub("", text)) or not text.startswith("(") else text
    if is_loose and not (_STARTS_LIKE_ONE.match(text) or len(_words(text)) <= 4):
        return None
    return unwrap(_shortened(text, bold))


def value_concluded(sentence: str) -> str | None:
    """Return the number, formula or choice that a concluding sentence gives something, ``None`` when it is another one.

    "the value of x is 12." gives 12, "$x = 4$." is 4; "we need both lengths." gives none.
    """
    text = unwrap(sentence.strip())
    if _MATHS.fullmatch(sentence.strip(" .*_")) or (len(_words(text)) == 0 and "=" in text):
        return text
    verbs = list(_VERB.finditer(text))
    if not verbs or text.endswith("?") or " and " in text[verbs[0].end() : verbs[-1].start() + 1]:
        return None  # "the base is 3 and the height is 4" gives two things a value
    match = verbs[-1]
    value = _CLAUSE.sub("", text[match.end() :]).strip(" .*_")
    return unwrap(value) if _is_value(value) else None


def _boxed(text: str) -> str:
    """Return the boxes of a statement: the one box, or the statement with several as it is written."""
    boxes = find_boxes(text)
    end = next((match.start() for match in _END.finditer(text) if match.start() >= boxes[0].end), len(text))
    rest = [box for box in boxes if box.start >= end]
    if rest:  # a later sentence has another
        return _boxed(text[end:].lstrip(". \n"))
    kept = text[:end]
    contents = list(dict.fromkeys(unwrap(box.content) for box in boxes))
    return contents[0] if len(contents) == 1 and len(boxes) > 1 else unwrap(kept)


def _shortened(text: str, bold: str | None) -> str:
    """Return the value of a sentence, ``bold`` if that is what it is given in bold; an answer that is no sentence stays."""
    words = _words(text)
    if not words:
        return text
    if _STARTS_LIKE_VALUE.match(text) and not _SENTENCE_START.match(text):
        value = _CLAUSE.sub("", text).strip()
        if value and len(_words(value)) < 3:
            return value
    if len(words) < 3 and not _VERB.search(text):
        return text
    if not _SENTENCE_START.match(text) and not _is_statement(text):
        is_counted = len(words) > 4 and text[0].isupper() and "\\" not in text  # "Jane has 3 apples left now"
        return _only_one(_NUMBER.findall(text)) or text if is_counted else text
    if bold is not None:
        return bold
    for match in reversed(list(_VERB.finditer(text))):
        value = _CLAUSE.sub("", text[match.end() :]).strip()
        if value and (_is_value(value) or (match[0].strip() in ("is", "are", ":") and _is_short(value))):
            return value
    formulas = {str(next(filter(None, each))).strip() for each in _MATHS.findall(text)}
    numbers = set(_NUMBER.findall(_MATHS.sub(" ", text)))
    if not numbers and re.search(r"\d", "".join(formulas)):
        return _only_one(formulas) or text
    return text if formulas else _only_one(numbers) or text


def _only_one(found: Collection[str]) -> str | None:
    return next(iter(found)).strip() if len(found) == 1 else None


def _is_statement(text: str) -> bool:
    """Return whether words with "is" in them give a name to a value: "Area of the square is 9"."""
    match = _VERB.search(text)
    return match is not None and (
        is_name(text[: match.start()].strip()) or _is_value(_CLAUSE.sub("", text[match.end() :]).strip())
    )


def _is_value(text: str) -> bool:
    """Return whether a text is a number, a formula or a choice rather than words."""
    bare = unwrap(text)
    if read_choice(bare) is not None or _MATHS.fullmatch(text.strip(" .")):
        return True
    has_value = bool(re.match(r"[-−+±(\[{$€£¥≈~|\\]*(?:\d|[.]\d|\\?[a-zα-ωπ√]?(?![a-z]))", bare)) and bool(
        re.search(r"[\dπ√∞\\]", bare)
    )
    return has_value and len(_words(bare)) <= 3


def _is_short(text: str) -> bool:
    return 0 < len(_words(text)) <= 3 and not _NO_VALUE.match(text)


def _words(text: str) -> list[str]:
    """Return the words outside formulas and commands."""
    return _WORDS.findall(_COMMAND.sub(" ", _MATHS.sub(" ", text)))


def _closed(text: str) -> str:
    """Return a text without a bold or maths delimiter that was cut from its partner."""
    text = text.strip()
    if text.count("**") % 2:
        text = text.removesuffix("**") if text.endswith("**") else text.removeprefix("**")
    return text.strip()
