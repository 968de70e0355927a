"""Choices: a letter A to J however it is written, the options that a question gives, yes and no.

Pure text. A letter is a choice where it stands alone or before its own option's text; "A red kite" and "(A) and (C)" are none.
"""

from __future__ import annotations

import re
from functools import lru_cache

LETTERS = "ABCDEFGHIJ"
_MOST_CHARACTERS = 20_000  # of a question that is searched for options
_MOST_OF_OPTION = 500  # characters

_MARKUP = re.compile(
    r"\\(?:text|textbf|textrm|mathrm|mathbf|boxed|mbox|fbox|rm|bf|left|right)\b|\\?[{}]|\\[,;:! ]|~|[*_$`\"“”\s\u3000]|\\q?quad"
)
_SPACES = re.compile(r" {2,}")
_FULL_WIDTH = (
    str.maketrans("（）．，；【】〔〕", "().,;[]()")
    | {0xFF1A: ": "}
    | {chr(0xFF21 + i): letter for i, letter in enumerate(LETTERS)}
)
_NAME = (
    r"(?:(?:the\ )?(?:correct\ |right\ |best\ )?(?:option|choice|answer|alternative)(?:\ is)?"
    r"|(?:选项|选择|选|答案)(?:是|为)?)\ ?:?\ ?"
)
# (C) and [C], with what may stand behind; C) C. C: with a space; C alone; C and a reason
_CHOICE = re.compile(
    rf"""(?P<name>{_NAME})?
    (?: [(\[] \ ? (?P<closed>[A-J]) \ ? [)\]] \ ?项? (?P<text>.*)
      | (?P<marked>[A-J]) \ ? (?: \) | [.:](?=\ |$|[^\x00-\x7f]) | 、(?!\ ?[A-J]\b) ) (?P<marked_text>.*)
      | (?P<alone>[A-J]) \ ? (?:选项|项)? [.。!]?
      | (?P<reasoned>[A-J]) (?= [,;]?\ (?:because|since|as|for|due|so|where|which|with)\b
                            | \ is\ (?:the\ )?(?:correct|right|best|answer)\b
                            | \ ?[—–-]\ (?=[^\W\d_]{{3}}) | [—–](?=[^\W\d_]{{3}}) | \ ?\([^()]{{2,}}\)\.?$ | \ \(\d\)\.?$ )
        (?P<reason>.*) )""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
# what makes a choice one of several: "and C" directly behind it, or another letter that is marked like one
_SEVERAL = re.compile(
    r" ?(?:and|or|&|/|\+|,|;|和|或|、) ?(?:and |or )?(?:option |choice )?[(\[]?[A-J](?:[)\].:,;、 ]|$)", re.IGNORECASE
)
_ANOTHER = re.compile(r"(?:^|[ ;,])(?:[(\[][A-J][)\]]|[A-J](?:\)|[.:](?= |$)))|^[(\[][A-J][)\]]", re.IGNORECASE)
_YES = re.compile(r"(yes|no|true|false)\b(?P<rest>.*)", re.IGNORECASE)
_REASONED = r"[ .!]*$| ?[,;:.—–!(]| - | (?:because|since|as|it|they|he|she|we|this|these|those"
_YES_REST = re.compile(_REASONED + r"|that|both)\b", re.IGNORECASE)
_NO_REST = re.compile(_REASONED + r")\b", re.IGNORECASE)

_LABEL = re.compile(
    r"""(?: (?:^|(?<=[\s,;:.}$])) (?:\\(?:textbf|text|mathrm|mathbf|rm|bf)\s?\{?\s?)? [(（] \s? (?P<closed>[A-J]) \s? [)）] \s? \}?
          | (?:^|(?<=[ \t\n])) \*{0,2} (?P<open>[A-J]) \s? (?: [.:：、．](?=\s|[^\w\s]|[^\x00-\x7f]|\d) | \)(?=.) ) )""",
    re.VERBOSE,
)
_TEX_SPACE = re.compile(r"\\(?:q?quad|[,;:! ])|~")
_OPTION_MARKUP = re.compile(
    r"(?:\\(?:qquad|quad|hspace\{[^{}]*\}|ldots|,|;|:| |\\)|~|\s)+$|^(?:\\(?:qquad|quad|,|;|:| |\\)|~|\s|\*)+"
)


def read_choice(answer: str, *, alone: bool = False) -> str | None:
    """Return the letter an answer chooses, upper-case, or ``None``. ``alone``: only where nothing else is said."""
    match = _CHOICE.fullmatch(_plain(answer))
    if match is None:
        return None
    letter = match["closed"] or match["marked"] or match["alone"] or match["reasoned"]
    rest = match["text"] or match["marked_text"] or match["reason"] or ""
    says_more = bool(rest.strip(" ."))
    if says_more and (alone or _SEVERAL.match(rest) or _ANOTHER.search(rest)):
        return None
    if match["reasoned"] and letter.islower() and not match["name"]:
        return None  # "a because" is an article
    return letter.upper()


def read_yes_no(answer: str) -> str | None:
    """Return "yes", "no", "true" or "false" where an answer begins with it as its whole point; ``None`` elsewhere."""
    match = _YES.fullmatch(_plain(answer))
    if match is None:
        return None
    word = match[1].lower()
    return word if (_YES_REST if word == "yes" else _NO_REST).match(match["rest"]) else None


def _plain(answer: str) -> str:
    """Return an answer without markup, with single spaces; "" where it is too long to be a choice."""
    if len(answer) > 2_000:
        return ""
    return _SPACES.sub(" ", _MARKUP.sub(" ", answer.translate(_FULL_WIDTH))).strip()


@lru_cache(maxsize=256)
def read_options(question: str) -> tuple[tuple[str, str], ...]:
    """Return the options of a question, each as its letter and its text, in order; () where it gives none.

    Options are the last run of labels A, B, C ... in the question ("(A) 3", "A. 3", "A: 3"), at least two of them.
    """
    text = _TEX_SPACE.sub("  ", question[-_MOST_CHARACTERS:])
    labels = [(match["closed"] or match["open"], match.start(), match.end()) for match in _LABEL.finditer(text)]
    run: list[tuple[str, int, int]] = []
    runs: list[list[tuple[str, int, int]]] = []
    for label in labels:
        if label[0] == "A":
            run = [label]
            runs.append(run)
        elif run and len(run) < len(LETTERS) and label[0] == LETTERS[len(run)]:
            run.append(label)
    for run in reversed(runs):
        if len(run) > 1:
            ends = [each[1] for each in run[1:]] + [len(text)]
            return tuple(
                (letter, _option_text(text[end:until])) for (letter, _, end), until in zip(run, ends, strict=True)
            )
    return ()


def _option_text(written: str) -> str:
    text = written.strip().split("\n\n")[0][:_MOST_OF_OPTION]
    text = _OPTION_MARKUP.sub("", text).strip(" \t\r\n;,*")
    return text[:-1] if text.endswith("$") and text.count("$") % 2 else text  # of the formula that all options stand in
