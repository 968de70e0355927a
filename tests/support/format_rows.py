"""Rows of dataset formats, read into a store and written out of it by tests."""

import json
from pathlib import Path
from typing import Any

from storage import Store
from storage.transfer.export_choice import ExportChoice
from storage.transfer.exporting import ExportReport, export
from storage.transfer.import_report import ImportReport
from storage.transfer.importing import ImportOptions, import_file

Value = dict[str, Any]


def read_rows(store: Store, folder: Path, rows: list[Value], name: str | None, **more: Any) -> ImportReport:
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "rows.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return import_file(store, folder / "rows.jsonl", name, ImportOptions(**more))


def write_rows(store: Store, folder: Path, name: str, **choice: Any) -> tuple[list[Value], ExportReport]:
    folder = folder / name  # an export replaces an earlier one of its format only
    report = export(store, folder, name, ExportChoice(**choice))
    file = "test.jsonl" if name == "visualprocessbench" else f"{name}.jsonl"
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines], report


def a_row(*labels: int | None, **more: Any) -> Value:
    response = {"steps": [f"step {at}" for at in range(len(labels))], "process_correctness": list(labels)}
    return (
        {"image": [], "question": "q", "answer": "5", "response": response}
        | {"policy_model": "p", "data_source": "s"}
        | more
    )


def measured(*counts: tuple[int, int]) -> Value:
    steps = [
        {"step": f"s{at}", "score": right / max(1, drawn), "num_mc_correct": right, "num_mc_total": drawn}
        for at, (right, drawn) in enumerate(counts)
    ]
    return {"image": None, "question": "q", "answer": "5", "response": "s0", "steps_with_score": steps}
