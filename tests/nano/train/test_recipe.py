"""The whole recipe in one command, at a size that takes seconds: what it writes is a pair of models that the engine serves.

Covers nano/train/, nano/model/.
"""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from engine import EngineState, Problem, RunEnded, Sampling, load_engine
from engine.events import SolutionScored
from nano.bench.__main__ import main as bench
from nano.train.__main__ import STAGES, main

SMALL = {
    "nano.train.data.pictures.POOL": 8,
    "nano.train.stages.language.POOL_SCENES": 8,
    "nano.train.stages.language.BATCH": 8,
    "nano.train.stages.vision.BATCH": 4,
    "nano.train.stages.vision.FOREIGN_PER_KIND": 4,
    "nano.train.stages.reward.BATCH": 4,
    "nano.train.data.arithmetic_rows.BATCH": 2,
    "nano.train.data.arithmetic_rows.POOL_ROWS": 4,
    "nano.train.batch_sampling.MAX_NEW_TOKENS": 20,
    "nano.train.stages.hard_examples.SAMPLED": 4,
    "nano.train.__main__.SAMPLE_POOLS": 1,
    "nano.train.__main__.HARD_POOLS": 1,
    "nano.train.__main__.ROLLOUT_POOLS": 1,
    "nano.train.__main__.ABLATION_POOLS": 1,
    "nano.train.monte_carlo.COMPLETIONS": 2,
    "nano.train.stages.rollouts.SLICE": 10,
    "nano.train.stages.label_ablation.BATCH": 4,
    "nano.bench.foreign_pictures.FOREIGN_PER_KIND": 2,
    "nano.bench.run.TIMED": 1,
    "nano.train.export.FITTED": 64,
    "nano.train.export.CALIBRATED": 16,
}


def test_one_command_trains_models_that_the_engine_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], small_threads: None
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in SMALL.items():
        monkeypatch.setattr(name, value)
    assert main(["all", "--steps", "2"]) == 0
    folders = {path.name: path for path in (tmp_path / "nano" / "weights").iterdir()}
    assert set(folders) == {"policy", "reward_model", "outcome_model"}
    for judge in ("reward_model", "outcome_model"):
        engine = load_engine(policy=folders["policy"], reward_model=folders[judge])
        try:
            assert engine.wait_ready(120).state is EngineState.READY
            sampling = Sampling(n=2, max_new_tokens=32)  # such models find no end
            job = engine.solve(Problem(question="How tall is the red bar?"), [Image.new("RGB", (64, 64))], sampling)
            events = list(job.events())
        finally:
            engine.close()
        assert sum(isinstance(event, SolutionScored) for event in events) == 2
        assert [event.error for event in events if isinstance(event, RunEnded)] == [None]
    # started again, every stage finds that it is done; another seed's stages are not mistaken for its own
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / ".train").rglob("*.*")}
    for stage in STAGES:
        assert main([stage, "--steps", "2"]) == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / ".train").rglob("*.*")} == written
    with pytest.raises(SystemExit):
        main(["samples", "--seed", "2"])
    assert "move it away before running seed 2" in capsys.readouterr().err

    # the study of Monte-Carlo labels goes on from what there is now
    for stage in ("labels_mc", "export_ablations"):
        assert main([stage, "--steps", "2"]) == 0
    studied = tmp_path / ".train" / "ablations"
    assert {path.name for path in studied.iterdir()} == {"labels_mc"}
    capsys.readouterr()
    command = ["--seed", "5", "--problems", "2", "--n", "2", "--pool", "0", "--json", "--weights", "nano/weights"]
    assert bench([*command, "--reward-model", str(studied / "labels_mc")]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["steps"]["right"] >= 0


@pytest.fixture
def small_threads() -> None:
    torch.set_num_threads(1)
