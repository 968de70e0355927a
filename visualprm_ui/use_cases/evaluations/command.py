"""The commands that give an evaluation's figures again in a terminal: what was labelled is exported, then measured."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engine.evaluation.solution_pool import Protocol
from engine.outcomes.guided_search import BeamPlan
from storage.formats import visualprm400k_raw
from storage.formats.visualprocessbench import NAME
from storage.transfer.label_choice import LabelKind
from visualprm_ui.use_cases.evaluations.request import EvaluationRequest, SetChoice
from visualprm_ui.use_cases.evaluations.work import CommandSources

_FOLDER, _DEV_FOLDER = "evaluated", "tuned_on"
_BEST_OF_N = (
    *("python", "-m", "engine", "evaluate", "best-of-n"),
    *("--input", "problems.jsonl", "--pool", "pool.jsonl"),
)


def step_benchmark_command(request: EvaluationRequest, sources: CommandSources) -> str:
    """Return the commands of a step benchmark."""
    parts = [_export(_FOLDER, NAME, request.set, sources.data_dir)]
    measure = ["python", "-m", "engine", "evaluate", "step-benchmark", "--input", f"{_FOLDER}/test.jsonl"]
    measure += ["--reward-model", sources.reward_model]
    if request.tune_on is not None:
        parts.append(_export(_DEV_FOLDER, NAME, request.tune_on, sources.data_dir))
        measure += ["--tune-on", f"{_DEV_FOLDER}/test.jsonl"]
    elif request.threshold is not None:
        measure += ["--threshold", number_text(request.threshold)]
    return " && ".join(shlex.join(each) for each in (*parts, [*measure, "--json"]))


def compare_steps_command(
    requests: tuple[EvaluationRequest, EvaluationRequest],
    sources: tuple[CommandSources, CommandSources],
    thresholds: tuple[float, float],
) -> str:
    """Return the commands that compare two step benchmarks of one set: it is exported, scored by each model, and compared."""
    rows = f"{_FOLDER}/test.jsonl"
    parts = [_export(_FOLDER, NAME, requests[0].set, sources[0].data_dir)]
    is_one_model = requests[0].reward_model == requests[1].reward_model
    scores = ["a.jsonl", "a.jsonl" if is_one_model else "b.jsonl"]
    for name, source in dict(zip(scores, sources, strict=True)).items():
        measure = ["python", "-m", "engine", "evaluate", "step-benchmark", "--input", rows]
        parts.append([*measure, "--reward-model", source.reward_model, "--scores", name])
    compare = ["python", "-m", "engine", "evaluate", "compare-steps", "--input", rows]
    compare += ["--scores", scores[0], "--against", scores[1], "--threshold", number_text(thresholds[0])]
    parts.append([*compare, "--against-threshold", number_text(thresholds[1]), "--json"])
    return " && ".join(map(shlex.join, parts))


def best_of_n_command(request: EvaluationRequest, sources: CommandSources) -> str:
    """Return the command that samples, scores and measures pools of the problems of a file."""
    sampling = request.sampling
    assert sampling is not None
    sampled = [
        "--n",
        sampling.n,
        "--temperature",
        number_text(sampling.temperature),
        "--top-p",
        number_text(sampling.top_p),
    ]
    sampled += ["--seed", sampling.seed, "--max-new-tokens", sampling.max_new_tokens]
    models = ["--policy", sources.policy or "", "--reward-model", sources.reward_model]
    if request.outcome:
        models += ["--outcome-model", sources.reward_model]
    sampled += [] if request.search is None else ["--search", request.search.title]
    parts = [*_BEST_OF_N, *models, *map(str, sampled), "--protocol", request.protocol or Protocol.IID, "--json"]
    return shlex.join(parts)


def monte_carlo_command(measured: str, trusted: SetChoice, data_dir: Path | None) -> str:
    """Return the commands that compare Monte-Carlo labels with others; ``measured``: whose they are."""
    exports = [
        _export("trusted", NAME, trusted, data_dir),
        _export("measured", visualprm400k_raw.NAME, replace(trusted, labels=measured), data_dir),
    ]
    compare = ["python", "-m", "engine", "evaluate", "monte-carlo", "--input", "trusted/test.jsonl"]
    compare += ["--measured", f"measured/{visualprm400k_raw.NAME}.jsonl", "--json"]
    return " && ".join(shlex.join(each) for each in (*exports, compare))


def calibration_command(policy: str, reward_model: str, data_dir: Path | None) -> str:
    """Return the commands that compare scores with a policy's completions; ``reward_model``: where it is loaded from."""
    choice = SetChoice(policy_model=policy, labels=f"{LabelKind.MONTE_CARLO}:{policy}")
    export = _export("measured", visualprm400k_raw.NAME, choice, data_dir)
    compare = ["python", "-m", "engine", "evaluate", "calibration"]
    compare += ["--measured", f"measured/{visualprm400k_raw.NAME}.jsonl", "--reward-model", reward_model]
    compare += ["--scores", "scores.jsonl", "--output", "map.json", "--json"]
    return " && ".join(shlex.join(each) for each in (export, compare))


def pool_command(protocol: Protocol, searches: Sequence[BeamPlan] = ()) -> str:
    """Return the command that measures the pools of an evaluation's own files, which its page offers, again."""
    searched = [part for each in searches for part in ("--search", each.title)]
    return shlex.join([*_BEST_OF_N, *searched, "--protocol", protocol, "--json"])


def compare_command(protocol: Protocol, model_a: str | None, model_b: str | None) -> str:
    """Return the command that compares two evaluations' own files, each ``pool.jsonl`` in a folder of its own. Models by key."""
    parts = ["python", "-m", "engine", "evaluate", "compare", "--input", "a/problems.jsonl"]
    parts += ["--pool", "a/pool.jsonl", "--against", "b/pool.jsonl"]
    if model_a is None or model_b is None:
        parts += ["--without-models"]  # else the command would choose by whichever models the files have
    else:
        parts += ["--model", model_a, "--against-model", model_b]
    return shlex.join([*parts, "--protocol", protocol, "--json"])


def number_text(value: float) -> str:
    """Return the shortest text that reads back as the same number: a rounded threshold would give other figures."""
    return repr(value).removesuffix(".0")


def _export(folder: str, name: str, choice: SetChoice, data_dir: Path | None) -> list[str]:
    place = [] if data_dir is None else ["--data-dir", str(data_dir)]
    return ["python", "-m", "storage", "export", folder, "--format", name, *_choice(choice), *place]


def _choice(choice: SetChoice) -> list[str]:
    named = (
        ("--project", choice.project),
        ("--queue", choice.queue),
        ("--data-source", choice.data_source),
        ("--policy-model", choice.policy_model),
        ("--labels", choice.labels),
    )
    options = [part for flag, value in named if value is not None for part in (flag, value)]
    return [*options, "--evaluation"] if choice.evaluation else options
