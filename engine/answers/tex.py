r"""LaTeX read once from left to right: its commands, groups, scripts and environments become one plain spelling.

Pure text. Knows how TeX reads arguments (``\\frac12``, ``\\sqrt5``, ``x^2``); which sign a command stands for is given to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

FUNCTIONS = (  # alternatives of a pattern, longer ones first
    "arcsin|arccos|arctan|arccot|sinh|cosh|tanh|coth|sin|cos|tan|cot|sec|csc|log|ln|lg|exp|min|max|gcd|lcm|det|mod|lim|sup|inf"
)
IS_FUNCTION = re.compile(FUNCTIONS, re.IGNORECASE)
_MOST_DEPTH = 60  # of groups, scripts and commands within each other
_OPEN, _CLOSE = "\x02", "\x03"  # around a fraction until its neighbours are known
_MARKS = _OPEN + _CLOSE + " "
WORD = "\x05"  # stands where a word of \\text begins, instead of white space
REPEATING = "\x04"  # around the digits that repeat: 0.\x043\x04 is a third
_TEXT = re.compile(
    "text|mbox|textrm|textbf|textit|texttt|textsf|textnormal|textup|mathrm|mathbf|mathit|mathsf|mathtt|mathcal|mathbb|operatorname|"
    "emph|bm|boldsymbol|hbox|boxed|fbox|framebox|underline|mathop|mathord|mathbin|mathrel|pmb|ensuremath|num|si|unit"
)
_DROPPED = frozenset(
    {"color", "textcolor", "phantom", "hphantom", "vphantom", "hspace", "vspace", "tag", "label", "fontsize"}
)
_ARCS = frozenset({"frown", "overarc", "wideparen", "overparen", "overgroup", "arc"})
_ROW_HEIGHT = re.compile(r"\s*\[-?[\d.]+ ?(?:pt|em|ex|mm|cm|in)\]")  # \\[4pt]
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "sfrac", "nicefrac"})
_MATRICES = frozenset({"matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array"})
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\\$|[{}^_√&]|[^\\{}^_√&]+", re.DOTALL)
_ARGUMENT = re.compile(r"\s*\S", re.DOTALL)  # TeX takes one character
_POWER_ARGUMENT = re.compile(r"\s*([+-]?\d+|\S)")
_ROOT_ARGUMENT = re.compile(r"\s*(\d+(?:\.\d+)?|\S)")
_SIMPLE = re.compile(r"\d+(?:\.\d+)?|[A-Za-zπθ∞]|√\([^()]*\)|\([^()]*\)")
_SIGNED = re.compile(r"-(?:\d+(?:\.\d+)?|[A-Za-zπθ])")
_PROPER = re.compile(r"\d+/\d+")
_WHOLE_BEFORE = re.compile(r"(?:^|[^\w.)])\d{1,15}\s*$")
_FACTOR = re.compile(r"\s?(?![A-Za-z]{2}|\s+[A-Za-z])[\w√π(^\x02\\]")  # what multiplies what stands before it
_TIGHT = re.compile(r"[\w)√π^*/\x03]")  # a fraction behind one of these keeps together


class TooDeep(Exception):
    """Braces are nested deeper than an answer needs."""


class TexReader:
    """Reads a text once from left to right. ``signs``: what a command without its backslash is respelt to."""

    def __init__(self, text: str, signs: Mapping[str, str]) -> None:
        self._signs = signs
        self._tokens = _TOKEN.findall(text)
        self._at = 0
        self._depth = 0

    def text(self) -> str:
        """Return the whole text respelt. Raises TooDeep."""
        out = ""
        while self._at < len(self._tokens):
            out += self._run()
            self._at += 1  # a brace that closes nothing
        return out

    def _run(self) -> str:
        """Read up to a closing brace, an ``\\end`` or the end of the text; leave that unread."""
        parts: list[str] = []
        while self._at < len(self._tokens) and self._tokens[self._at] not in ("}", r"\end"):
            token = self._tokens[self._at]
            self._at += 1
            if token in (r"\over", r"\choose"):
                above, below = "".join(parts), self._run()
                parts = [_fraction(above, below) if token == r"\over" else rf"\binom({above.strip()})({below.strip()})"]
                break
            parts.append(self._one(token, parts))
        return _isolate(parts)

    def _one(self, token: str, before: list[str]) -> str:
        """Read what a token begins."""
        if token[0] not in "\\{^_√":
            return token
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise TooDeep
        part = self._opened(token, before)
        self._depth -= 1
        return part

    def _opened(self, token: str, before: list[str]) -> str:
        if token == "{":
            return self._group(before)
        if token in ("^", "_"):
            return self._script(token)
        if token == "√":
            return self._root()
        if token.startswith("\\") and len(token) > 1:
            return self._command(token[1:].rstrip("*") or "*", before)
        return token

    def _group(self, before: list[str]) -> str:
        inner = self._run()
        self._at += 1
        is_alone = not "".join(before).strip() and self._at >= len(self._tokens)
        if is_alone or _SIMPLE.fullmatch(inner) or not re.search(r"[-+*/±]", inner):
            return inner
        return f"({inner})"

    def _command(self, name: str, before: list[str]) -> str:
        if name in _FRACTIONS:
            above, below = self._argument(), self._argument()
            return _OPEN + _fraction(above, below) + _CLOSE
        if name == "sqrt":
            return self._root()
        if _TEXT.fullmatch(name):
            return self._wrapped(before)
        if name in ("overline", "bar") and re.search(r"\d*\.\d*$", "".join(before)):
            return f"{REPEATING}{self._argument()}{REPEATING}"  # the digits that repeat
        if name == "begin":
            return self._environment()
        if name in ("binom", "dbinom", "tbinom"):
            return rf"\binom({self._argument()})({self._argument()})"
        if IS_FUNCTION.fullmatch(name):
            return (" " if before and before[-1][-1:].isalnum() else "") + name + " "
        if name in _DROPPED:  # \textcolor{red}{5}, \phantom{0}
            self._argument()
            return " " if name == "hspace" else ""
        if name in ("overset", "stackrel"):
            above, below = self._argument(), self._argument()
            return f"arc {below}" if above.strip("\\ ") in _ARCS else rf"\overset({above})({below})"
        if name in _ARCS:
            return f"arc {self._argument()}"
        if name in ("SI", "qty"):
            return f"{self._argument()} {self._argument()}"
        if name == "pmod":
            return f" mod {self._argument()}"
        if name in self._signs:
            return self._signs[name]
        return {"{": "{", "}": "}", "\\": " ", "(": "", ")": "", "[": "", "]": ""}.get(name, "\\" + name + " ")

    def _wrapped(self, before: list[str]) -> str:
        """Read the argument of a command that sets text; words do not run into what stands before."""
        if self._at < len(self._tokens) and self._tokens[self._at].lstrip().startswith("{"):
            self._at += 1
            inner = self._run()
            self._at += 1
        else:
            inner = self._argument()
        is_word = inner.strip()[:1].isalpha() and before
        return f"{WORD}{inner.strip()}{' ' if inner[-1:].isspace() or len(inner) > 2 else ''}" if is_word else inner

    def _argument(self) -> str:
        """Read one argument as TeX does: a group, a command, or one character."""
        while self._at < len(self._tokens) and not self._tokens[self._at].strip():
            self._at += 1
        if self._at >= len(self._tokens):
            return ""
        token = self._tokens[self._at]
        if token in ("}", r"\end"):
            return ""
        self._at += 1
        if token == "{":
            inner = self._run()
            self._at += 1
            return inner.strip()
        if token.startswith("\\") or token in ("^", "_", "√", "&"):
            return self._one(token, []).strip(_MARKS)
        return self._first(token, _ARGUMENT)

    def _first(self, token: str, pattern: re.Pattern[str]) -> str:
        """Return what the pattern finds at the front of a token that was read, and put the rest back."""
        match = pattern.match(token)
        if match is None:
            self._at -= 1
            return ""
        rest = token[match.end() :]
        if rest:
            self._at -= 1
            self._tokens[self._at] = rest
        return match[0].strip()

    def _script(self, sign: str) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at].lstrip().startswith("("):
            return sign  # typed: its own parentheses follow
        inner = self._argument_of(_POWER_ARGUMENT).strip()
        if sign == "^" and inner in ("°", "o", "∘", r"\circ"):
            return "°"
        if sign == "^" and set(inner) == {"'"}:
            return inner
        runs_on = self._at < len(self._tokens) and self._tokens[self._at][:1].isdigit() and inner.isdigit()
        return f"{sign}{inner}" if not runs_on and re.fullmatch(r"-?\d+|\w|[*+]", inner) else f"{sign}({inner})"

    def _root(self) -> str:
        index = ""
        if self._at < len(self._tokens) and (match := re.match(r"\s*\[(\w+)\]", self._tokens[self._at])):
            index = "" if match[1] == "2" else f"[{match[1]}]"
            self._tokens[self._at] = self._tokens[self._at][match.end() :]
        token = self._tokens[self._at] if self._at < len(self._tokens) else ""
        if token.lstrip().startswith("("):
            return f"√{index}"  # its own parentheses follow
        return f"√{index}({self._argument_of(_ROOT_ARGUMENT)})"

    def _argument_of(self, pattern: re.Pattern[str]) -> str:
        """Read an argument that takes a whole number of several digits without braces."""
        while self._at < len(self._tokens) and not self._tokens[self._at].strip():
            self._at += 1
        if self._at < len(self._tokens) and self._tokens[self._at][0] not in "\\{}^_√&":
            self._at += 1
            return self._first(self._tokens[self._at - 1], pattern)
        return self._argument()

    def _environment(self) -> str:
        name = self._argument()
        if name == "array" and self._at < len(self._tokens) and self._tokens[self._at] == "{":
            self._argument()  # how its columns are aligned
        rows: list[str] = [""]
        has_conditions = False
        while self._at < len(self._tokens) and self._tokens[self._at] != r"\end":
            token = self._tokens[self._at]
            if token in (r"\\", r"\cr"):
                rows.append("")
                self._drop_row_height()
            elif token == "&":
                has_conditions = True
                rows[-1] += "," if name.rstrip("*") in _MATRICES else " "
            else:
                before = self._at
                rows[-1] += self._cell()
                if self._at > before:
                    continue
            self._at += 1
        self._at += 1
        self._argument()
        if name in _MATRICES:
            return "⟦" + ";".join(row.strip() for row in rows if row.strip()) + "⟧"
        return (name if name == "vmatrix" or (name == "cases" and has_conditions) else "") + ", ".join(
            row.strip() for row in rows if row.strip()
        )

    def _drop_row_height(self) -> None:
        behind = self._at + 1
        if behind < len(self._tokens) and (match := _ROW_HEIGHT.match(self._tokens[behind])):
            self._tokens[behind] = self._tokens[behind][match.end() :]

    def _cell(self) -> str:
        parts: list[str] = []
        while self._at < len(self._tokens) and self._tokens[self._at] not in (r"\\", r"\cr", "&", "}", r"\end"):
            self._at += 1
            parts.append(self._one(self._tokens[self._at - 1], parts))
        return _isolate(parts)


def _fraction(above: str, below: str) -> str:
    above, below = above.strip(_MARKS), below.strip(_MARKS)
    if below.startswith("-") and _SIGNED.fullmatch(below) and _SIMPLE.fullmatch(above.removeprefix("-")):
        above, below = (above[1:] if above.startswith("-") else "-" + above), below[1:]
    upper = above if _SIMPLE.fullmatch(above) or _SIGNED.fullmatch(above) else f"({above})"
    return f"{upper}/{below if _SIMPLE.fullmatch(below) else f'({below})'}"


def _isolate(parts: list[str]) -> str:
    r"""Join parts; a fraction beside a factor gets parentheses, so that ``\frac{1}{2}x`` is not ``\frac{1}{2x}``."""
    if not any(part.startswith(_OPEN) for part in parts):
        return "".join(parts)
    out: list[str] = []
    parts = [part for part in parts if part]
    for before, part, after in zip(["", *parts], parts, [*parts[1:], ""], strict=False):
        if not part.startswith(_OPEN):
            out.append(part)
            continue
        inner = part.strip(_MARKS)
        left = before.rstrip()[-1:]
        is_factor = _FACTOR.match(after) is not None
        if _WHOLE_BEFORE.search(before) and _PROPER.fullmatch(inner) and not is_factor:
            out.append(" " + inner)  # a mixed number
        elif is_factor or _TIGHT.match(left) or (left in ("+", "-") and inner.startswith("-")):
            out.append(f"({inner})")
        else:
            out.append(inner)
    return "".join(out)
