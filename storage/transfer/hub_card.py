"""The card of a dataset on the model hub: what is in it, how it was labelled and how far people agree. Writes one file.

The front matter says what the hub's viewer and ``datasets`` need: where the files are, and that ``image`` holds pictures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.domain import RatedSolution
from engine.markdown_cells import markdown_cell, visible_line
from storage.store import Store
from storage.transfer.export_choice import ExportChoice, list_scopes

NAME = "hub"
CARD = "README.md"
DATA = "data"
_TITLE = "# Step-by-step solutions with a label for each step"
_RESAMPLES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a card tells of the files beside it."""

    rows: int
    images: int
    correct: int  # steps of each label
    neutral: int
    wrong: int
    labels: str  # whose labels were asked for
    labels_by: Mapping[str, int]  # rows by whose labels they have
    neutral_policy: str
    sources: Mapping[str, int]  # rows by their problems' data source
    policy_models: Mapping[str, int]  # rows by who wrote the solution
    guideline_versions: tuple[str, ...]
    left_out: tuple[str, ...]


def split_of(choice: ExportChoice) -> str:
    """Return the name of the only split: "test" for the slices that models are measured on, else "train"."""
    return "test" if choice.evaluation else "train"


def is_ours(card: str) -> bool:
    """Return whether a card was written by :func:`write`."""
    return _TITLE in card.splitlines()


def write(store: Store, folder: Path, choice: ExportChoice, written: Written) -> None:
    """Write the card for the Parquet files in ``folder/data``."""
    size = sum(path.stat().st_size for path in (folder / DATA).iterdir())
    parts = (*_front_matter(choice, written, size), *_body(written), *_agreement(store, choice))
    (folder / CARD).write_text("\n".join(parts) + "\n", encoding="utf-8")


def _front_matter(choice: ExportChoice, written: Written, size: int) -> Iterator[str]:
    split = split_of(choice)
    yield from ("---", f"license: {json.dumps(choice.license)}", "task_categories:", "- visual-question-answering")
    yield from ("tags:", "- process-reward-model", "- math", "configs:", "- config_name: default", "  data_files:")
    yield from (f"  - split: {split}", f"    path: {DATA}/{split}-*", "dataset_info:", "  features:")
    yield from ("  - name: image", "    list: image")
    for name in ("question", "answer"):
        yield from _column(name, "string")
    yield from ("  - name: response", "    struct:")
    yield from ("    - name: steps", "      list: string", "    - name: process_correctness", "      list: int8")
    for name in ("policy_model", "data_source", "labels_by"):
        yield from _column(name, "string")
    yield from ("  - name: soft_labels", "    list: float64")
    yield from _column("kept_fields", "string")
    yield from ("  splits:", f"  - name: {split}", f"    num_bytes: {size}", f"    num_examples: {written.rows}")
    yield from (f"  download_size: {size}", f"  dataset_size: {size}", "---")


def _column(name: str, dtype: str) -> Iterator[str]:
    yield from (f"  - name: {name}", f"    dtype: {dtype}")


def _body(written: Written) -> Iterator[str]:
    steps = written.correct + written.neutral + written.wrong
    yield from ("", _TITLE, "")
    yield f"{written.rows:,} solutions with {steps:,} labelled steps and {written.images:,} pictures."
    yield "Each row is a solution in the fields of VisualProcessBench: 1 is a correct step, 0 a neutral one, -1 a wrong one."
    yield from ("", "## Labels", "", "| Label | Steps | Share |", "|---|---|---|")
    for name, count in (("correct", written.correct), ("neutral", written.neutral), ("wrong", written.wrong)):
        yield f"| {name} | {count:,} | {f'{count / steps:.1%}' if steps else 'undefined: no step'} |"
    yield ""
    yield f"Labels asked for: `{_code(written.labels)}`. Neutral steps: {written.neutral_policy}."
    versions = ", ".join(map(markdown_cell, written.guideline_versions))
    yield f"Version of the guideline people labelled by: {versions or 'none: no person labelled these rows'}."
    yield from _table("Whose labels", written.labels_by)
    yield from _table("Source of the problem", written.sources)
    yield from _table("Model that wrote the solution", written.policy_models)
    yield from ("", f"Not in these files: {', '.join(written.left_out)}.")


def _table(title: str, rows: Mapping[str, int]) -> Iterator[str]:
    yield from ("", f"| {title} | Solutions |", "|---|---|")
    for name, count in rows.items():
        yield f"| {markdown_cell(name) or 'not stated'} | {count:,} |"


def _agreement(store: Store, choice: ExportChoice) -> Iterator[str]:
    from engine.evaluation.agreement import measure_agreement  # numpy: only for a card

    rated = (each for scope in list_scopes(store, choice) for each in store.results.iter_rated(scope))
    found = measure_agreement(_of_choice(rated), resamples=_RESAMPLES).overall
    yield from ("", "## Agreement of annotators", "")
    yield f"{found.people} people, {found.items:,} solutions and {found.steps:,} steps that at least two of them labelled."
    yield from ("", "| Coefficient | Value | 95 % interval |", "|---|---|---|")
    for name, estimate in (
        ("Share of equal pairs", found.percent),
        ("Fleiss' kappa", found.fleiss),
        ("Krippendorff's alpha, nominal", found.alpha_nominal),
        ("Krippendorff's alpha, ordinal", found.alpha_ordinal),
    ):
        value = f"undefined: {estimate.reason}" if estimate.value is None else f"{estimate.value:.3f}"
        within = "" if estimate.interval is None else f"{estimate.interval.low:.3f} to {estimate.interval.high:.3f}"
        yield f"| {name} | {value} | {within} |"


def _of_choice(rated: Iterator[RatedSolution]) -> Iterator[RatedSolution]:
    """Iterate over each solution once: a project's queues may share some."""
    seen: set[str] = set()
    for each in rated:
        if each.solution_id not in seen:
            seen.add(each.solution_id)
            yield each


def _code(text: str) -> str:
    return visible_line(text).replace("`", "")
