"""Texts that are made to hold a browser, or to draw over a page: as one person writes them and another one is shown them."""

from __future__ import annotations

from tests.support.hostile_archives import TEXTS

LONGEST = 600_000  # characters of a step
READ = 50_000  # characters that are still read as Markdown and formulas
SETS_WHOLE = 3_900  # characters of a formula that is still set


def whole(unit: str, end: str = "", most: int = READ) -> str:
    """Return as many units as there is room for, and as many ends."""
    count = most // (len(unit) + len(end))
    return unit * count + "x" + end * count


def _nested(command: str) -> str:
    """Return a formula of commands in each other, as deep as a formula is long."""
    return f"${whole(command + '{', '}', SETS_WHOLE)}$ "


BROWSER_TEXTS: dict[str, str] = {
    **{
        name: text[:LONGEST]
        for name, text in TEXTS.items()
        if name in ("links", "underscores", "signs of right to left")
    },
    "half of a Markdown link": "[a](" * (READ // 4),
    "links": "[a](b.c/d) " * (READ // 11),
    "items of a list": "- a\n" * (READ // 4),
    "lists": "- a\n\n1. b\n\n" * (READ // 11),
    "quotes in quotes": ">" * 10_000 + " a",
    "lists in lists": "".join("  " * depth + "- a\n" for depth in range(200)),
    "a wide table": "|" + "a|" * 8_000 + "\n|" + "-|" * 8_000 + "\n|" + "b|" * 8_000,
    "a table without cells": "|" + "a|" * 2_000 + "\n|" + "-|" * 2_000 + "\n" + "|\n" * 20_000,
    "an underscore at every second place": "_a" * (READ // 2),
    "accents": "a" + "\u0301" * (READ - 1),
    "formulas": "$x$ " * (READ // 4),
    "as many formulas as are set": "".join(rf"$\frac{{{number}}}{{x}}$ " for number in range(1_000)),
    "accents in a formula": "$x" + "\u0301" * (READ - 10) + "$",
    "braces": f"${whole('{', '}', 100_000)}$",
    "powers of powers": f"${whole('x^{', '}', SETS_WHOLE)}$",
    "roots of roots": _nested(r"\sqrt") * 12,
    "arrows over arrows": _nested(r"\xrightarrow"),
    "braces under braces": _nested(r"\underbrace"),
    "letters over letters": _nested(r"\overset{a}"),
    "larger and larger": _nested(r"\Huge"),
    "brackets in brackets": ("$" + whole(r"\left(", r"\right)", SETS_WHOLE) + "$ ") * 12,
    "tables of formulas": ("$$\\begin{matrix}" + "a\\\\" * 1_200 + "\\end{matrix}$$\n\n") * 13,
    "a macro that calls itself": r"$\def\a{\b\b}\def\b{\a\a}\a$ $\newcommand{\a}{\a\a}\a$",
}
"""What makes a browser work. Each is one text."""

COVERING: dict[str, str] = {
    "a black box": r"$\rule{1000em}{1000em}$ $\rule[-1000em]{1000em}{1000em}$ $\rule[1000em]{20em}{20em}$",
    "large black boxes": "$" + r"\Huge\rule{1000em}{1000em}" * 20 + "$",
    "spaces": r"$a\hspace{1000em}b$ $a\kern{1000em}b$ $a\hspace{-1000em}b$ $a\kern-1000em b$ $\hskip 1000em b$",
    "raised": r"$\raise1000em{a}$ $\rule[1000em]{1em}{1em}$ $\raisebox{1000em}{b}$ "
    r"$a\vcenter{\rule{1000em}{1000em}}$ $\smash{\rule{9em}{9em}}$",
    "boxes in powers": r"$a^{\rule[1000em]{1000em}{1000em}}$ $\overset{\rule{1000em}{1000em}}{a}$",
    "rows apart": r"$$a\\[1000em]b\\[-1000em]c$$",
    "accents": ("a" + "\u0300\u0301\u0302" * 300 + " ") * 20,
}
"""What would be drawn over something else: each is one text."""

RUNNING = (
    r"$\href{javascript:window.pwned=1}{a}$ $\url{javascript:window.pwned=1}$ $\htmlId{vp-app}{a}$ "
    r"$\htmlClass{vp-btn}{b}$ $\htmlStyle{position:fixed;inset:0;background:black}{x}$ $\htmlData{a=b}{c}$ "
    r"$\includegraphics{https://outside.example/a.png}$ [x](javascript:window.pwned=1) ![y](https://outside.example/b.png) "
    "<javascript:window.pwned=1> <https://outside.example> <img src=https://outside.example/c onerror=window.pwned=1> "
    "<script>window.pwned=1</script> <style>*{background:url(https://outside.example/d)}</style> <svg/onload=window.pwned=1>"
)
"""What would run a script, or ask another host."""
