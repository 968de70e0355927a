r"""The program that :mod:`engine.answers.algebra` runs: pairs of LaTeX expressions in, whether they are equal out, a line each.

Expressions are equal when their difference vanishes, to many digits, wherever it is computed: at fixed points, both signs of every
variable. No search for a proof, which may take for ever, and the same whichever comes first. Equations are equal when one is the
other multiplied by a constant. Ends itself at its limits of time and memory, should the one who asks be gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

_MOST_MEMORY = 2 << 30  # bytes of address space; sympy and its parser need a fifth
_DIGITS = 60  # that are computed
_TOLERANCE_DIGITS = 45  # that must agree
_MOST_SYMBOLS = 8
_USUAL = (r"\frac{a}{2}+\sqrt{3}x^{2}-(4/5)\pi ", r"y=2x(x+1)", r"\sin (x)\cdot 3!", r"-x^{-1}<\log _{2}(8)")


def main() -> int:
    """Answer until the input ends. Returns 3 where the libraries are missing."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")  # what a library prints is no answer
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    _limit_memory()
    try:
        for usual in _USUAL:  # imports, and what the parser learns, are not to count against the limit of time
            parse(usual)
    except ImportError:
        return 3
    print(json.dumps("ready"), file=out, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if hasattr(signal, "setitimer"):
            signal.setitimer(
                signal.ITIMER_PROF, asked["seconds"]
            )  # of CPU time; unhandled, the signal ends the process
        try:
            answer = compare(asked["left"], asked["right"], asked["digits"])
        except MemoryError:
            return 4
        except Exception:  # whatever the parser or sympy raises, there is no opinion
            answer = None
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_PROF, 0)
        print(json.dumps(answer), file=out, flush=True)
    return 0


def compare(left: str, right: str, digits: int) -> bool | None:
    """Return whether two expressions are equal; ``digits``: how many of a decimal among them count, 0 for all that are computed."""
    from sympy import Expr
    from sympy.core.relational import Relational

    a, b = parse(left), parse(right)
    if not isinstance(a, Expr | Relational) or not isinstance(b, Expr | Relational):
        return None  # "1 = 1" is just true
    if isinstance(a, Relational) != isinstance(b, Relational):
        return False
    if isinstance(a, Relational):
        return _relations_equal(a, b)
    if a == b:
        return True
    return _vanishes(a, b, digits - 1 if digits else _TOLERANCE_DIGITS)


def parse(latex: str) -> Any:
    """Return the expression that LaTeX writes; variables keep their case. Raises what the parser raises."""
    from latex2sympy2_extended import latex2sympy
    from latex2sympy2_extended.latex2sympy2 import ConversionConfig

    conversion = ConversionConfig(interpret_as_mixed_fractions=False, lowercase_symbols=False)
    return latex2sympy(latex, normalization_config=None, conversion_config=conversion)


def _relations_equal(a: Any, b: Any) -> bool | None:
    """Return whether two relations are equal: of the same kind, and one difference a constant multiple of the other."""
    from sympy import Equality, Unequality

    if b.rel_op != a.rel_op:
        b = b.reversed
    if b.rel_op != a.rel_op:
        return False
    first, second = a.lhs - a.rhs, b.lhs - b.rhs
    ratios = []
    for point in _points((first, second)):
        one, other = _value(first, point), _value(second, point)
        if one is None or other is None or other == 0 or one == 0:
            continue
        ratios.append(one / other)
    if len(ratios) < 3:
        return None
    is_constant = all(abs(ratio - ratios[0]) <= abs(ratios[0]) * 10**-_TOLERANCE_DIGITS for ratio in ratios)
    if not is_constant or not (first.free_symbols and first.free_symbols == second.free_symbols):
        return False
    return isinstance(a, Equality | Unequality) or bool(ratios[0].is_real and ratios[0] > 0)


def _vanishes(a: Any, b: Any, digits: int) -> bool | None:
    """Return whether two expressions have the same values; ``None`` where too few can be computed."""
    computed = 0
    for point in _points((a, b)):
        one, other = _value(a, point), _value(b, point)
        if one is None or other is None:
            continue
        computed += 1
        if one == 0 or other == 0:
            if not (_is_zero(a, point) and _is_zero(b, point)):
                return False
        elif abs(one - other) > max(abs(one), abs(other)) * 10**-digits:
            return False
    return True if computed >= (4 if a.free_symbols or b.free_symbols else 1) else None


def _points(expressions: tuple[Any, ...]) -> list[dict[Any, Any]]:
    """Return values for every variable: fixed, of both signs, none of them special; one empty point for constants."""
    from sympy import Rational

    symbols = sorted(set().union(*(each.free_symbols for each in expressions)), key=str)
    if not symbols:
        return [{}]
    if len(symbols) > _MOST_SYMBOLS:
        return []
    return [
        {
            symbol: Rational(
                (-1) ** ((turn >> (index % 3)) & 1) * (37 + 11 * index + 29 * turn * (index + 2)), 41 + 7 * index
            )
            for index, symbol in enumerate(symbols)
        }
        for turn in range(8)
    ]


def _value(expression: Any, point: dict[Any, Any]) -> Any:
    """Return the complex number an expression is at a point, ``None`` where it is none."""
    value = expression.subs(point).evalf(_DIGITS, maxn=400)
    return value if value.is_number and value.is_finite else None


def _is_zero(expression: Any, point: dict[Any, Any]) -> bool:
    """Return whether a value vanishes: what is only small stays the same when it is computed to more digits."""
    value = expression.subs(point)
    rough, fine = value.evalf(_DIGITS, maxn=400), value.evalf(3 * _DIGITS, maxn=1000)
    return bool(fine == 0 or abs(rough - fine) > abs(fine) * 10**-10)


def _limit_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    except (ImportError, OSError, ValueError):
        pass  # no such limit on this system; the limit of time holds


if __name__ == "__main__":
    sys.exit(main())
