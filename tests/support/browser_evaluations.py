"""Sets to evaluate and evaluations of them, as the browser tests have them: over REST, in the server that they share."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence

from tests.support.browser_team import EXAMPLES, STEPS, Guest
from tests.support.transfer_jobs import lines
from tests.support.waiting import awaited

WRONG_AT = ([0, 1, 1, -1], [1, 1, -1, -1], [1, 1, 1, 1])  # labels of the steps of three solutions of each problem


def labelled_set(admin: Guest, name: str, labels: Sequence[Sequence[int]] = WRONG_AT, problems: int = 4) -> None:
    """Import solutions with the labels of a file, of problems with pictures."""
    found = [json.loads(line) for line in (EXAMPLES / "problems.jsonl").read_text(encoding="utf-8").splitlines()]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        rows = []
        for number in range(problems):
            problem = found[number % len(found)]
            if problem["image"] not in archive.namelist():
                archive.write(EXAMPLES / problem["image"], problem["image"])
            for copy, each in enumerate(labels):
                steps = [f"{step} ({copy})" for step in STEPS]
                row = {key: problem[key] for key in ("question", "answer")}
                rows.append(
                    row
                    | {
                        "image": [problem["image"]],
                        "question": f"{name} {number}: {problem['question']}",
                        "response": {"steps": steps, "process_correctness": each},
                        "policy_model": ("writer", "other writer")[copy % 2],
                        "data_source": name,
                    }
                )
        archive.writestr("test.jsonl", lines(*rows))
    sent = admin.rest.post("/api/imports", params={"name": f"{name}.zip"}, content=out.getvalue()).json()
    ready = settled(admin, f"/api/imports/{sent['id']}")
    assert ready["state"] == "ready", ready
    done = admin.post(f"/api/imports/{sent['id']}/start")
    assert settled(admin, f"/api/imports/{done['id']}")["state"] == "done"


def settled(admin: Guest, path: str) -> dict:
    """A job, once nobody works on it."""
    return awaited(lambda: admin.get(path), lambda found: found["state"] not in ("waiting", "running"))


def evaluated(admin: Guest, name: str, title: str, threshold: float = 0.5) -> str:
    """Evaluate the loaded model on a labelled set; return the evaluation's id once its figures are there."""
    choice = next(each for each in admin.get("/api/evaluations/sets")["sets"] if each["data_source"] == name)
    asked = {"kind": "step_benchmark", "data_source": name, "labels": choice["labels"]}
    started = admin.post("/api/evaluations", title=title, threshold=threshold, **asked)
    found = settled(admin, f"/api/evaluations/{started['id']}")
    assert found["state"] == "done", found
    return str(found["id"])


def pooled(admin: Guest, name: str, title: str, n: int) -> str:
    """Sample and score ``n`` solutions of every problem of a source; return the id of the evaluation, which is done."""
    asked = {"kind": "best_of_n", "data_source": name, "n": n, "outcome": True}
    started = admin.post("/api/evaluations", title=title, **asked)
    found = settled(admin, f"/api/evaluations/{started['id']}")
    assert found["state"] == "done", found
    return str(found["id"])
