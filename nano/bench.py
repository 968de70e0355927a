"""`python -m nano.bench --seed S --problems P --json`: how good the shipped models are on problems nobody trained on.

Loads the shipped folders as the engine does, draws held-out problems from the seed, samples N solutions each, labels every
step with the exact checker and scores it with the reward model. Progress goes to standard error.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoModelForImageTextToText, PreTrainedTokenizerFast

from engine.answers import answers_equal, read_answer
from engine.domain import Aggregation
from nano import figures, known_world
from nano.strangers import TAUGHT, strangers
from nano.train.judging import sign_logits
from nano.train.pictures import drawn, resized
from nano.train.rows import IGNORED, Layout, Row, batches
from nano.train.sampling import Sampling, sample
from nano.train.seeing import Seer
from nano.world.checker import check, first_mistake
from nano.world.questions import WorldProblem, problems
from nano.world.scenes import Split

WEIGHTS = Path(__file__).parent / "weights"
BATCH = 64
STRANGERS_A_KIND = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is measured."""

    seed: int
    """Seed of problems and sampling."""
    problems: int
    """Number of held-out problems."""
    n: int = 8
    """Solutions a problem."""
    temperature: float = 0.7
    """Of sampling."""


def load(folder: Path) -> tuple[Seer, Layout]:
    """A shipped model in float32, ready for batches. Raises OSError when the folder holds none."""
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    return Seer(model), Layout(PreTrainedTokenizerFast.from_pretrained(folder))


def bench(settings: Settings, weights: Path = WEIGHTS) -> dict[str, object]:
    """All figures of one run."""
    chosen = list(itertools.islice(problems(settings.seed, Split.HELD_OUT), settings.problems))
    pixels = drawn(tuple(problem.scene for problem in chosen))
    policy, layout = load(weights / "policy")
    started = time.monotonic()
    solutions = _solutions(policy, layout, chosen, policy.look(pixels), settings)
    _say(f"sampled {len(chosen)} x {settings.n} in {time.monotonic() - started:.0f} s")
    blank = policy.look(torch.full_like(pixels[:1], 255)).expand(len(chosen), -1, -1)
    once = Settings(seed=settings.seed, problems=settings.problems, n=1, temperature=settings.temperature)
    blind = _solutions(policy, layout, chosen, blank, once)
    swapped = _solutions(policy, layout, chosen, policy.look(pixels.roll(1, 0)), once)
    judge, _ = load(weights / "reward_model")
    scores = _scores(judge, layout, chosen, judge.look(pixels), solutions)
    judged = _judged(chosen, solutions, scores)
    return {
        **summary(judged),
        "blind_pass_at_1": figures.share(_judged(chosen, blind, None), figures.pass_at_1),
        "other_picture_pass_at_1": figures.share(_judged(chosen, swapped, None), figures.pass_at_1),
        "families": _families(chosen, judged),
        "unknown_pictures": _unknown(policy, weights / "policy", pixels, settings.seed),
        "settings": {"seed": settings.seed, "problems": settings.problems, "n": settings.n, "t": settings.temperature},
    }


def summary(judged: list[list[figures.Judged]]) -> dict[str, object]:
    """The figures of judged solutions."""
    table = figures.counts(judged)
    firsts = Counter(solution.first_mistake for problem in judged for solution in problem)
    wrong = sum(count for kind, count in firsts.items() if kind is not None)
    area = figures.auc(judged)
    best = {f"prm_{how.value}": figures.share(judged, figures.best_by(how)) for how in Aggregation}
    n = len(judged[0])
    return {
        "pass_at_1": figures.share(judged, figures.pass_at_1),
        f"pass_at_{n}": figures.share(judged, figures.pass_at_n),
        "all_steps_right": round(firsts[None] / sum(firsts.values()), 4),
        **{
            f"{kind}_first": round(firsts[kind] / max(1, wrong), 4)
            for kind in ("perception", "arithmetic", "reasoning")
        },
        "step_macro_f1": figures.interval(judged, lambda some: figures.macro_f1(figures.counts(some))),
        "step_macro_f1_floors": figures.floors(table),
        "auc": None if area is None else round(area, 4),
        "steps": {"right": table[0] + table[2], "wrong": table[1] + table[3]},
        f"best_of_{n}": {
            **best,
            "self_consistency": figures.share(judged, figures.self_consistency),
            "random": figures.share(judged, figures.pass_at_1),
            "oracle": figures.share(judged, figures.pass_at_n),
        },
    }


def _solutions(
    seer: Seer, layout: Layout, chosen: list[WorldProblem], tokens: Tensor, settings: Settings
) -> list[list[tuple[str, ...]]]:
    questions = [problem.question for problem in chosen for _ in range(settings.n)]
    sampling = Sampling(temperature=settings.temperature, seed=settings.seed)
    flat = sample(seer.reader, layout, questions, tokens.repeat_interleave(settings.n, 0), sampling)
    return [flat[start : start + settings.n] for start in range(0, len(flat), settings.n)]


@torch.no_grad()
def _scores(
    seer: Seer, layout: Layout, chosen: list[WorldProblem], tokens: Tensor, solutions: list[list[tuple[str, ...]]]
) -> list[list[tuple[float, ...]]]:
    """Every step's score, all steps of a solution in one pass."""
    result: list[list[tuple[float, ...]]] = [[()] * len(some) for some in solutions]
    flat = [(p, s) for p, some in enumerate(solutions) for s in range(len(some))]
    rows: list[Row] = []
    for number, (p, s) in enumerate(flat):
        steps = solutions[p][s]
        rows.append(layout.judged(chosen[p].question, steps, [False] * len(steps), number))
    for batch in batches(rows, BATCH, layout.pad, keep_short=True):
        owners = [flat[number] for number in batch.scenes]
        hidden = seer.reader.hidden(batch.ids, tokens[[p for p, _ in owners]])
        for row, (p, s) in enumerate(owners):
            logits = sign_logits(seer.reader, layout, hidden[row][batch.labels[row] != IGNORED])
            result[p][s] = tuple(torch.softmax(logits, -1)[:, 1].tolist())
    return result


def _judged(
    chosen: list[WorldProblem],
    solutions: list[list[tuple[str, ...]]],
    scores: list[list[tuple[float, ...]]] | None,
) -> list[list[figures.Judged]]:
    judged: list[list[figures.Judged]] = []
    for index, (problem, some) in enumerate(zip(chosen, solutions, strict=True)):
        judged.append([])
        for number, steps in enumerate(some):
            verdicts = check(problem, steps)
            mistake = first_mistake(verdicts)
            answer = read_answer("\n\n".join(steps))
            judged[-1].append(
                figures.Judged(
                    right=answer is not None and answers_equal(answer, str(problem.answer)),
                    answer=answer,
                    labels=tuple(int(verdict.label) for verdict in verdicts),
                    scores=scores[index][number] if scores else tuple(0.0 for _ in steps),
                    first_mistake=None if mistake is None else mistake.value,
                )
            )
    return judged


def _families(chosen: list[WorldProblem], judged: list[list[figures.Judged]]) -> dict[str, dict[str, float]]:
    result = {}
    for family in sorted({problem.scene.family.value for problem in chosen}):
        some = [j for p, j in zip(chosen, judged, strict=True) if p.scene.family.value == family]
        result[family] = {
            "pass_at_1": round(sum(map(figures.pass_at_1, some)) / len(some), 4),
            "step_macro_f1": round(figures.macro_f1(figures.counts(some)), 4),
        }
    return result


def _unknown(seer: Seer, folder: Path, pixels: Tensor, seed: int) -> dict[str, object]:
    """How often a world picture is called unknown, and how often a strange one is not; kinds not taught come apart."""
    known = load_file(folder / "known_world.safetensors")
    details = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
    threshold = float(details["known_world"]["feature_threshold"])

    def far(some: Tensor) -> float:
        found = known_world.distance(known_world.features(seer.look(some)), known["mean"], known["precision"])
        return round(float((found > threshold).float().mean()), 4)

    missed = {kind: round(1 - far(resized(some)), 4) for kind, some in strangers(seed, STRANGERS_A_KIND).items()}
    return {
        "false_alarm": far(pixels),
        "missed_of_taught_kinds": {kind: rate for kind, rate in missed.items() if kind in TAUGHT},
        "missed_of_other_kinds": {kind: rate for kind, rate in missed.items() if kind not in TAUGHT},
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m nano.bench", description="Measure the shipped nano models.")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--problems", type=int, default=1000)
    parser.add_argument("--n", type=int, default=8)
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--json", action="store_true", help="one JSON object on one line instead of indented JSON")
    options = parser.parse_args(arguments)
    settings = Settings(seed=options.seed, problems=options.problems, n=options.n, temperature=options.temperature)
    print(json.dumps(bench(settings, options.weights), indent=None if options.json else 1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
