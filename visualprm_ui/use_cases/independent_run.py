"""Best-of-N over independent solutions, as it stands beside a guided search of the same question. Knows the views of runs."""

from __future__ import annotations

from typing_extensions import TypedDict

from visualprm_ui.use_cases.run_view import RunView


class IndependentRun(TypedDict):
    """Best-of-N over independent solutions of the same question, of the same models."""

    run: str
    created_at: str
    n: int
    tokens: int | None  # None: of some solution it is not known
    answer: str | None  # of the pick, by the aggregation of the search
    score: float | None
    matches: bool | None


def as_independent_run(view: RunView, how: str) -> IndependentRun:
    """Return what the pick of a finished run came to. ``how``: the aggregation that picks."""
    tokens = [card["tokens"] for card in view["cards"]]
    pick = next(iter(view["ranking"][how]), None)
    card = next((each for each in view["cards"] if each["draw"] == pick), None)
    scores = None if card is None else card["scores"]
    return {
        "run": view["run"],
        "created_at": view["created_at"],
        "n": view["sampling"]["n"],
        "tokens": None if None in tokens else sum(each for each in tokens if each is not None),
        "answer": None if card is None else card["answer"],
        "score": None if scores is None else scores[how],
        "matches": None if card is None else card["matches"],
    }
