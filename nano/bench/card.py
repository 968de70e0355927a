"""The measured part of the model card: tables of a benchmark run, written between two marks of the card.

Knows the keys of a run's result, and Markdown. Does not measure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from nano.train.data.step_labels import SOLVABLE

BEGIN, END = "<!-- measured -->", "<!-- end of what is measured -->"
RUN = "figures.json"
ABLATIONS = {
    "labels_exact": "labels of the exact checker",
    "labels_mc": "Monte-Carlo labels, mc > 0",
    "labels_mc_quarter": "Monte-Carlo labels, mc > 0.25",
    "start": "exact labels and much else: the start of the shipped one",
}
_SELECTION_NAMES = {
    "prm_mean": "PRM, mean",
    "prm_min": "PRM, min",
    "prm_max": "PRM, max",
    "prm_last": "PRM, last",
    "prm_product": "PRM, product",
    "orm": "ORM",
    "self_consistency": "self-consistency",
    "random": "random",
    "oracle": "oracle",
}
Result = dict[str, Any]


def save_result(result: Result, folder: Path, reward_model: Path | None = None) -> None:
    """Write a run's result to the folder, under the name of the reward model when it is not the shipped one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (RUN if reward_model is None else f"{reward_model.name}.json")
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def write_card(card: Path, folder: Path) -> None:
    """Replace what is between the marks of the card by the tables of the results in the folder.

    Raises ValueError when the card lacks the marks.
    """
    before, after = split_card(card)
    card.write_text(f"{before}{BEGIN}\n{tables(folder)}\n{END}{after}", encoding="utf-8")


def split_card(card: Path) -> tuple[str, str]:
    """The card before and after its measured part. Raises ValueError when it lacks the marks."""
    before, begin, rest = card.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{str(card)!r} lacks the lines {BEGIN!r} and {END!r}, between which the tables go.")
    return before, after


def tables(folder: Path) -> str:
    """All tables of the results in the folder, as Markdown."""
    result = json.loads((folder / RUN).read_text(encoding="utf-8"))
    ablations = {
        name: json.loads(path.read_text(encoding="utf-8"))
        for stage, name in ABLATIONS.items()
        if (path := folder / f"{stage}.json").exists()
    }
    parts = [_policy(result), _steps(result), *_selection(result), _families(result)]
    if "monte_carlo" in result:
        parts.append(_monte_carlo(result["monte_carlo"]))
    if ablations:
        parts.append(_ablations(ablations))
    return "\n\n".join([*parts, _foreign_pictures(result["unknown_pictures"])])


def _policy(result: Result) -> str:
    settings = result["settings"]
    firsts = " / ".join(_percent(result[f"{kind}_first"]) for kind in ("perception", "arithmetic", "reasoning"))
    title = f"policy ({settings['problems']:,} problems, seed {settings['seed']}, T {settings['temperature']})"
    rows = [
        ("pass@1", f"**{_figure(result['pass_at_1'])}**"),
        (f"pass@{settings['n']}", _figure(result[f"pass_at_{settings['n']}"])),
        ("floor: the same policy, blank picture, pass@1", _figure(result["blind_pass_at_1"])),
        ("floor: the same policy, another problem's picture, pass@1", _figure(result["other_picture_pass_at_1"])),
        ("every step right", _percent(result["all_steps_right"])),
        ("first mistake is perception / arithmetic / reasoning", firsts),
        ("8 solutions sampled and scored by the engine, median, one thread", f"{result['seconds_per_8']:.1f} s"),
        ("both models loaded", f"{result['load_seconds']:.1f} s"),
    ]
    return _table((title, ""), rows)


def _steps(result: Result) -> str:
    steps, floors = result["steps"], result["step_macro_f1_floors"]
    title = f"PRM, steps of the policy's solutions ({steps['right']:,} right, {steps['wrong']:,} wrong)"
    rows = [("macro-F1 against the exact checker, threshold 0.5", f"**{_figure(result['step_macro_f1'])}**")]
    for kind, part in result["step_kinds"].items():
        name = f"macro-F1 (area) on {kind}s ({part['right']:,} right, {part['wrong']:,} wrong)"
        rows.append((name, f"{_percent(part['macro_f1'])} ({_decimal(part['auc'])})"))
    rows += [
        (
            "floors: everything correct / fair coin / base rate",
            " / ".join(_percent(floors[key]) for key in ("all_correct", "coin", "base_rate")),
        ),
        ("area under the ROC curve", f"{_decimal(result['auc'])} (floor 0.5)"),
        ("expected calibration error, ten bins", _percent(result["calibration_error"])),
    ]
    return _table((title, ""), rows)


def _selection(result: Result) -> Iterable[str]:
    settings = result["settings"]
    n, curve = settings["n"], result["best_of_n"]
    most = max((key for key in result if key.startswith("best_of_") and key != "best_of_n"), key=_number)
    count = settings["pool_problems"]
    of = "all problems" if count == settings["problems"] else f"the first {count:,} problems"
    pools = f"pools of {settings['pool']}, {of}"
    few, many = result[f"best_of_{n}"], result[most]
    yield _table(
        ("picked by", f"of {n} ({settings['problems']:,} problems)", f"of {_number(most)} ({pools})"),
        [(name, _figure(few[way]), _figure(many[way])) for way, name in _named(few)],
    )
    yield _table(
        ("PRM mean minus ..., same solutions, paired interval", f"of {n}", f"of {_number(most)}"),
        [
            *(
                (_SELECTION_NAMES[way.removeprefix("prm_mean - ")], _figure(gap, "+"), _figure(many[way], "+"))
                for way, gap in result[f"differences_of_{n}"].items()
            ),
            (f"self-consistency: how much more than of {n}, same problems", "", _figure(result["lead_growth"], "+")),
        ],
    )
    yield _table(
        (f"Best-of-N from {pools}", *curve),
        [
            *((name, *(_percent(row[way]["value"]) for row in curve.values())) for way, name in _named(few)),
            *_leads(list(curve.values())),
        ],
    )


def _leads(curve: list[Result]) -> Iterable[Sequence[str]]:
    """By N, how far the PRM's mean is ahead of self-consistency and of the ORM."""
    for other in ("self_consistency", "orm"):
        lead = [row[f"prm_mean - {other}"] for row in curve if f"prm_mean - {other}" in row]
        if lead:
            yield (f"PRM mean - {_SELECTION_NAMES[other]}", *(_percent(gap["value"], "+") for gap in lead))
            yield ("its interval", *(_interval(gap) for gap in lead))


def _families(result: Result) -> str:
    rows = []
    for name, one in result["families"].items():
        mistakes = one["first_mistakes"]
        values = (_percent(one[key]) for key in ("objects_read", "pass_at_1", "step_macro_f1"))
        picked = (_percent(one[key]) for key in ("prm_mean", "self_consistency"))
        found = " / ".join(str(mistakes.get(kind, 0)) for kind in ("perception", "arithmetic", "reasoning"))
        rows.append((name.removeprefix("nano_"), *values, *picked, found))
    return _table(
        (
            "by family",
            "objects read exactly by the vision encoder",
            "pass@1",
            "step macro-F1",
            f"Best-of-{result['settings']['n']}, PRM mean",
            "self-consistency",
            "first mistakes: perception / arithmetic / reasoning",
        ),
        rows,
    )


def _monte_carlo(measured: Result) -> str:
    rows = [(f"correct when mc > {one['threshold']:g}", one) for one in measured["agreement"]]
    rows.append(("mc > 0, only up to the first step called wrong", measured["agreement_up_to_first_wrong"]))
    rows.append((f"and wrong only where mc was {SOLVABLE:g} or more before", measured["agreement_of_what_is_taught"]))
    title = (
        f"Monte-Carlo labels against the checker: {measured['solutions']:,} solutions, "
        f"{measured['completions_a_prefix']} completions a prefix"
    )
    return _table(
        (title, "steps", "agree", "kappa", "always wrong / always correct would agree"),
        [
            (
                name,
                f"{one['steps']:,}",
                _percent(one["share"]),
                _decimal(one["kappa"], 2),
                f"{_percent(one['always_wrong'])} / {_percent(one['always_correct'])}",
            )
            for name, one in rows
        ],
    )


def _ablations(measured: dict[str, Result]) -> str:
    n = next(iter(measured.values()))["settings"]["n"]
    return _table(
        (
            "a PRM trained on",
            "macro-F1",
            "area on readings",
            "calibration error",
            f"Best-of-{n}, mean",
            "minus vote",
        ),
        [
            (
                name,
                _figure(one["step_macro_f1"]),
                _decimal(one["step_kinds"]["reading"]["auc"]),
                _percent(one["calibration_error"]),
                _figure(one[f"best_of_{n}"]["prm_mean"]),
                _figure(one[f"differences_of_{n}"]["prm_mean - self_consistency"], "+"),
            )
            for name, one in measured.items()
        ],
    )


def _foreign_pictures(measured: Result) -> str:
    rows = [(kind, "yes", _percent(rate)) for kind, rate in measured["missed_of_taught_kinds"].items()]
    rows += [(kind, "no", _percent(rate)) for kind, rate in measured["missed_of_other_kinds"].items()]
    alarm = f"{_percent(measured['false_alarm'])} are called foreign"
    rows.append(("held-out ones of this world", "", alarm))
    return _table(("foreign pictures", "trained on", "missed"), rows)


def _named(ways: Result) -> list[tuple[str, str]]:
    return [(way, name) for way, name in _SELECTION_NAMES.items() if way in ways]


def _number(key: str) -> int:
    return int(key.removeprefix("best_of_"))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _figure(figure: Result, sign: str = "") -> str:
    return f"{_percent(figure['value'], sign)} ({_interval(figure, sign)})"


def _interval(figure: Result, sign: str = "") -> str:
    if figure["interval"] is None:
        return "no interval"
    low, high = (_percent(end, sign) for end in figure["interval"])
    return f"{low} to {high}"


def _percent(value: float | None, sign: str = "") -> str:
    return "undefined" if value is None else f"{100 * value:{sign}.1f}"


def _decimal(value: float | None, digits: int = 3) -> str:
    return "undefined" if value is None else f"{value:.{digits}f}"
