"""Two processes at once, each with a part of a step benchmark: put together, their files give the figures of one process.

Covers engine/cli/evaluate_rows.py.
"""

import json
import subprocess
import sys

from engine.__main__ import main
from nano.world.__main__ import main as write_world
from tests.support.pages import ROOT


def test_two_parts_scored_at_once_are_the_whole(tmp_path, capsys):
    assert not write_world(["--count", "6", "--seed", "7", "--solutions", "--out", str(tmp_path / "world")])
    command = ["evaluate", "step-benchmark", "--input", str(tmp_path / "world" / "test.jsonl"), "--json"]
    model = ["--reward-model", str(ROOT / "nano" / "weights" / "reward_model"), "--device", "cpu"]
    parts = [tmp_path / f"scores-{part}.jsonl" for part in (1, 2)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "engine", *command, *model, "--shard", f"{part}/2", "--scores", str(path)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for part, path in enumerate(parts, 1)
    ]
    for process in processes:
        _out, errors = process.communicate(timeout=240)
        assert process.returncode == 0, errors.decode()
    ids = [{json.loads(line)["id"] for line in path.read_text().splitlines()} for path in parts]
    assert ids[0]
    assert ids[1]
    assert not ids[0] & ids[1]
    (tmp_path / "scores.jsonl").write_text("".join(path.read_text() for path in parts))
    assert main([*command, "--scores", str(tmp_path / "scores.jsonl")]) == 0
    together = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert main([*command, *model, "--scores", str(tmp_path / "whole.jsonl")]) == 0
    whole = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert len(ids[0] | ids[1]) == len((tmp_path / "whole.jsonl").read_text().splitlines())
    assert {**whole, "solutions_per_second": None} == together
