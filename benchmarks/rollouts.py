"""Completing every beginning of a solution: this engine against taking each on its own, and against ``generate`` of transformers.

* ours: picture, prompt and solution read once, the completions of all beginnings together;
* separate: our own sampler, every beginning by itself, the picture encoded again each time;
* generate: ``generate(num_return_sequences=N)`` for each beginning;
* equal rows, joining rows: as many rows behind one beginning, and as many that join one after another, for the speed of a step;
* nano: the shipped policy on generated problems, which reaches answers: labels by all completions and up to the first success, and
  success rates against those that ``generate`` draws behind the same beginnings.

Greedy, so that all must write the same; the cost of a token is that of a drawn one. ``python -m benchmarks.rollouts --json``. Where
calls do not depend on each other, a few are measured and multiplied.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from transformers import InternVLForConditionalGeneration

from benchmarks import metering, midsize
from benchmarks.metering import metered, warm_up
from benchmarks.midsize import QUESTION, Workload
from engine.beginnings import beginning_of
from engine.domain import FinishReason, Sampling
from engine.model_catalogue.model_choice import DEFAULT_POLICY
from engine.models.inference.completions import open_completions
from engine.models.inference.reading import KnownTokens, read_behind
from engine.models.inference.sampler import read_prompt
from engine.models.registry import NetworkPolicy, Options, load_network
from engine.outcomes.rollout_labels import RolloutMode
from engine.prompts.segments import Text, encode
from engine.prompts.style import policy_prompt
from engine.protocols import RowStart, run_to_end
from engine.rollouts import RolloutPlan, Rollouts, Verdict
from engine.solution_text.steps import StepGroup
from nano.world.drawing import draw
from nano.world.questions import problems
from nano.world.scenes import SceneSplit

CALLS = 2  # measured of generate's: the shortest and the longest beginning
COMPARED = 64  # logits of a beginning that are compared
SEED = 11  # of the generated problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How much is completed."""

    steps: int = 8  # of the solution
    step_tokens: int = 40  # about
    completions: int = 16  # of each beginning
    new_tokens: int = 32  # of each completion
    problems: int = 50  # of the nano world
    compared: int = 200  # beginnings whose success rates are compared


def shape_of(size: Workload) -> Shape:
    """Return how much is completed with a model of this size."""
    if size is midsize.SIZES["quick"]:
        return Shape(steps=3, step_tokens=5, completions=2, new_tokens=4, problems=2, compared=3)
    return Shape()


def ours(folder: Path, size: Workload, device: torch.device) -> dict[str, Any]:
    """All beginnings in one session."""
    shape = shape_of(size)
    network = _endless(folder, size, device)
    return _written(network, _rows(_beginnings(shape), shape), size, device) | {"logits": _logits(network, size)}


def separate(folder: Path, size: Workload, device: torch.device) -> dict[str, Any]:
    """A session for each beginning, which encodes the picture and reads the prompt for itself."""
    shape = shape_of(size)
    network = _endless(folder, size, device)
    texts: list[str] = []
    with metered(device) as cost:
        for beginning in _beginnings(shape):
            session = run_to_end(open_completions(network, [midsize.picture(size)], QUESTION, _sampling(shape)))
            session.add(_rows([beginning], shape))
            texts += collected(session.write(), shape.completions)
            del session
    return {"seconds": cost.seconds, "extra_bytes": cost.extra_bytes, "texts": texts}


def equal_rows(folder: Path, size: Workload, device: torch.device) -> dict[str, Any]:
    """As many rows as in ours, all behind the beginning in the middle."""
    shape = shape_of(size)
    beginnings = _beginnings(shape)
    middle = [beginnings[len(beginnings) // 2]] * len(beginnings)
    return _written(_endless(folder, size, device), _rows(middle, shape), size, device)


def joining_rows(folder: Path, size: Workload, device: torch.device) -> dict[str, Any]:
    """The rows of ours, those of a beginning two steps after those of the one before: no two groups are equally far."""
    shape = shape_of(size)
    network = _endless(folder, size, device)
    rows = _rows(_beginnings(shape), shape)
    session = run_to_end(open_completions(network, [midsize.picture(size)], QUESTION, _sampling(shape)))
    session.read([row.text for row in rows])
    waiting = [rows[at : at + shape.completions] for at in range(0, len(rows), shape.completions)]
    session.add(waiting.pop(0))
    seconds, tokens, before = 0.0, 0, metering.clock(device)
    for turn, chunks in enumerate(session.write()):
        seconds_now = metering.clock(device)
        if not waiting and len(chunks) == len(rows):  # all together, none equally far as those of another beginning
            seconds, tokens = seconds + seconds_now - before, tokens + len(chunks)
        if waiting and turn % 2 and chunks:
            session.add(waiting.pop(0))
        before = metering.clock(device)
    return {"seconds": seconds, "tokens": tokens}


def generate(folder: Path, size: Workload, device: torch.device) -> dict[str, Any]:
    """One call of transformers for each beginning."""
    shape = shape_of(size)
    network: Any = load_network(folder, Options(device="cpu", dtype=size.dtype_name))
    images = [midsize.picture(size)]
    beginnings = _beginnings(shape)
    chosen = [beginnings[0], beginnings[-1]][:CALLS]
    asked = [_ids(network, images, beginning) for beginning in chosen]
    processor, tokens = network.processor, network.tokens
    del network
    peer = midsize.Peer(folder, size, device, processor)

    def write(ids: Sequence[int], new_tokens: int) -> torch.Tensor:
        return peer.write(ids, shape.completions, new_tokens)

    warm_up(device, lambda: write(asked[0], 2))
    texts: list[list[str]] = []
    with metered(device) as cost:
        for ids in asked:
            texts.append([tokens.decode(row[len(ids) :].tolist()) for row in write(ids, shape.new_tokens)])
    plain = [peer.logits(ids) for ids in asked]
    return {
        "seconds": cost.seconds * len(beginnings) / len(chosen),
        "extra_bytes": cost.extra_bytes,
        "texts": texts,
        "logits": [each[:COMPARED].float().tolist() for each in plain],
        "measured": [len(chosen), len(beginnings)],
        "prompt_tokens": len(asked[0]),
    }


def nano(folder: Path, size: Workload, device: torch.device) -> dict[str, Any]:
    """Labels of generated problems by the shipped policy; ``folder`` is not used."""
    shape = shape_of(size)
    policy = NetworkPolicy(load_network(DEFAULT_POLICY, Options(device=str(device))))
    sampling = Sampling(temperature=1.0, top_k=50)
    posed = list(itertools.islice(problems(SEED, SceneSplit.HELD_OUT), shape.problems))
    figures: dict[str, dict[str, Any]] = {}
    measured: dict[tuple[int, str], int] = {}  # problem and beginning -> completions that reached the answer
    for mode in (RolloutMode.EVERY, RolloutMode.FIRST_SUCCESS):
        total, labels = {"completions": 0, "tokens": 0}, []
        with metered(device) as cost:
            for number, problem in enumerate(posed):
                session = run_to_end(policy.open_completions([draw(problem.scene)], problem.question, sampling))
                plan = RolloutPlan(mode=mode, seed=SEED)
                rollouts = Rollouts(session, problem.question, str(problem.answer), plan)
                for steps in run_to_end(rollouts.run(run_to_end(rollouts.sample(4, policy.card.name)))):
                    labels.append([step.rollouts.is_correct for step in steps])
                    if mode is RolloutMode.EVERY:
                        groups = [step.step for step in steps]
                        for end, step in enumerate(steps[:-1], start=1):
                            measured[number, beginning_of(group.text for group in groups[:end])] = step.rollouts.reached
                total["completions"] += rollouts.counts.completions
                total["tokens"] += rollouts.counts.tokens
        figures[mode.value] = {**total, "seconds": cost.seconds, "labels": labels}
    chosen = list(measured)[:: max(1, len(measured) // shape.compared)][: shape.compared]
    drawn = _drawn_by_generate(policy, [(posed[number], text) for number, text in chosen], device)
    return {"modes": figures, "reached": [measured[key] for key in chosen], "reached_by_generate": drawn}


def _drawn_by_generate(policy: NetworkPolicy, asked: Iterable[tuple[Any, str]], device: torch.device) -> list[int]:
    """Return how many of 16 completions of each beginning reach the answer, each drawn by transformers with nothing shared."""
    network: Any = load_network(DEFAULT_POLICY, Options(device=str(device)))
    loaded: Any = InternVLForConditionalGeneration.from_pretrained(DEFAULT_POLICY, dtype=torch.float32)
    model = loaded.to(device).eval()
    torch.manual_seed(SEED)
    found = []
    for problem, text in asked:
        images = [draw(problem.scene)]
        ids = _ids(network, images, text, problem.question)
        pixels = network.processor(images, return_tensors="pt")["pixel_values"].to(device)
        given = torch.tensor([ids], device=device)
        with torch.inference_mode():
            rows = model.generate(
                input_ids=given,
                attention_mask=torch.ones_like(given),
                pixel_values=pixels,
                do_sample=True,
                temperature=1.0,
                top_k=50,
                top_p=1.0,
                num_return_sequences=16,
                max_new_tokens=Sampling().max_new_tokens,
                eos_token_id=sorted(network.stop_ids),
                pad_token_id=min(network.stop_ids),
            )
        judge = Rollouts(_no_session(), problem.question, str(problem.answer), RolloutPlan())
        responses = [text + network.tokens.decode(row[len(ids) :].tolist()) for row in rows]
        found.append(sum(judge.judge(each, FinishReason.STOP) is Verdict.REACHED for each in responses))
    return found


def _no_session() -> Any:
    """Stands where answers are judged and nothing is written."""
    return None


def compare(costs: dict[str, dict[str, Any]], size: Workload) -> dict[str, Any]:
    """Return the ratios, and whether all wrote and labelled the same."""
    shape = shape_of(size)
    mine, alone, theirs = costs["ours"], costs["separate"], costs["generate"]
    rows = (shape.steps - 1) * shape.completions
    tokens = rows * shape.new_tokens
    ends = [mine["texts"][: shape.completions], mine["texts"][-shape.completions :]]
    every, first = (costs["nano"]["modes"][mode.value] for mode in (RolloutMode.EVERY, RolloutMode.FIRST_SUCCESS))
    joining = costs["joining_rows"]
    step_seconds = {way: costs[way]["decoding_seconds"] / (shape.new_tokens - 1) for way in ("ours", "equal_rows")}
    differences = [
        abs(a - b)
        for left, right in zip((mine["logits"][0], mine["logits"][-1]), theirs["logits"], strict=True)
        for a, b in zip(left, right, strict=True)
    ]
    return {
        "speedup_over_separate_prefixes": alone["seconds"] / mine["seconds"],
        "speedup_over_generate": theirs["seconds"] / mine["seconds"],
        "memory_ratio_to_generate": mine["extra_bytes"] / theirs["extra_bytes"],
        "unlike_rows_efficiency": step_seconds["equal_rows"] / step_seconds["ours"],
        "joining_rows_efficiency": step_seconds["equal_rows"] / rows * joining["tokens"] / joining["seconds"],
        "tokens_saved_by_first_success": 1 - first["tokens"] / every["tokens"],
        "first_success_labels_equal": first["labels"] == every["labels"],
        "max_abs_difference": max(differences),
        "greedy_texts_equal": mine["texts"] == alone["texts"] and ends == theirs["texts"],
        "chi_square": chi_square(costs["nano"]["reached"], costs["nano"]["reached_by_generate"], 16),
        "beginnings": shape.steps - 1,
        "completions_each": shape.completions,
        "tokens_each": shape.new_tokens,
        "prompt_tokens": theirs["prompt_tokens"],
        "tokens_per_second": {way: tokens / costs[way]["seconds"] for way in ("ours", "separate", "generate")},
        "seconds": {way: costs[way]["seconds"] for way in ("ours", "separate", "generate")},
        "step_milliseconds": {way: 1000 * seconds for way, seconds in step_seconds.items()},
        "extra_mib": {way: costs[way]["extra_bytes"] / 2**20 for way in ("ours", "separate", "generate")},
        "nano": {
            mode: {name: figures[name] for name in ("completions", "tokens", "seconds")}
            for mode, figures in costs["nano"]["modes"].items()
        },
        "scaled_from_calls": {"generate": theirs["measured"]},
    }


def chi_square(left: Sequence[int], right: Sequence[int], n: int) -> dict[str, float]:
    """Return the statistic of homogeneity of counts of ``n`` and ``n``, its degrees of freedom and its p-value.

    Pairs of which all or none succeeded say nothing and have no degree of freedom. Scaled by (2n - 1) / 2n, so that the expected
    value of each pair is 1.
    """
    statistic, freedom = 0.0, 0
    for a, b in zip(left, right, strict=True):
        share = (a + b) / (2 * n)
        if 0 < share < 1:
            statistic += (a - b) ** 2 / (2 * n * share * (1 - share)) * (2 * n - 1) / (2 * n)
            freedom += 1
    tail = torch.special.gammaincc(torch.tensor(freedom / 2 or 1.0), torch.tensor(statistic / 2))
    return {
        "statistic": statistic,
        "degrees_of_freedom": freedom,
        "p_value": float(tail),
        "pairs": len(left),
        "mean_difference": sum(a - b for a, b in zip(left, right, strict=True)) / n / max(1, len(left)),
    }


def collected(work: Iterable[Sequence[Any]], rows: int) -> list[str]:
    """Return the texts of rows 0 to ``rows`` - 1."""
    texts = [""] * rows
    for chunks in work:
        for chunk in chunks:
            texts[chunk.draw] += chunk.text
    return texts


def _written(network: Any, rows: Sequence[RowStart], size: Workload, device: torch.device) -> dict[str, Any]:
    """Write rows in one session, the whole way of a request: picture, prompt, beginnings, completions."""
    few = _sampling(replace(shape_of(size), new_tokens=2))
    warm_up(device, lambda: _in_session(network, rows, size, few))
    shape = shape_of(size)
    with metered(device) as cost:
        session = run_to_end(open_completions(network, [midsize.picture(size)], QUESTION, _sampling(shape)))
        session.add(rows)
        texts = [""] * len(rows)
        first: float | None = None
        for chunks in session.write():
            for chunk in chunks:
                texts[chunk.draw] += chunk.text
            if chunks and first is None:
                first = cost.so_far()
    assert first is not None
    return {
        "seconds": cost.seconds,
        "decoding_seconds": cost.seconds - first,
        "extra_bytes": cost.extra_bytes,
        "texts": texts,
    }


def _in_session(network: Any, rows: Sequence[RowStart], size: Workload, sampling: Sampling) -> list[str]:
    session = run_to_end(open_completions(network, [midsize.picture(size)], QUESTION, sampling))
    session.add(rows)
    return collected(session.write(), len(rows))


def _logits(network: Any, size: Workload) -> list[list[float]]:
    """Return some logits behind every beginning, each read as a view of the solution."""
    images, beginnings = [midsize.picture(size)], _beginnings(shape_of(size))
    ids = encode(policy_prompt(network.style, QUESTION, network.count_tiles(images)), network.tokens)
    prompt = read_prompt(network, ids, network.encode_pictures(images))
    texts = [_ids(network, images, each)[len(ids) :] for each in beginnings]
    known = KnownTokens(ids=texts[-1], places=[len(each) - 1 for each in texts])
    (read,) = run_to_end(read_behind(network, prompt.prefix, [known], 1024))
    found: list[list[float]] = network.logits(read.hidden)[:, :COMPARED].tolist()
    return found


def _endless(folder: Path, size: Workload, device: torch.device) -> Any:
    """Return the network with no token that ends an answer."""
    network: Any = load_network(folder, Options(device=str(device), dtype=size.dtype_name))
    return replace(network, stop_ids=frozenset())


def _sampling(shape: Shape) -> Sampling:
    return Sampling(temperature=0.0, max_new_tokens=shape.new_tokens)


def _beginnings(shape: Shape) -> list[str]:
    """Return the beginnings of one solution, the last step left out."""
    steps = [
        "".join(midsize.word(at * shape.step_tokens + word) for word in range(shape.step_tokens)).strip()
        for at in range(shape.steps)
    ]
    groups = [StepGroup(first=at, last=at, text=text) for at, text in enumerate(steps)]
    return [beginning_of(group.text for group in groups[:end]) for end in range(1, shape.steps)]


def _rows(beginnings: Sequence[str], shape: Shape) -> list[RowStart]:
    texts = [text for text in beginnings for _ in range(shape.completions)]
    return [RowStart(row=row, text=text, seed=0, draw=row) for row, text in enumerate(texts)]


def _ids(network: Any, images: Sequence[Any], beginning: str, question: str = QUESTION) -> list[int]:
    segments = policy_prompt(network.style, question, network.count_tiles(images))
    return encode((*segments, Text(beginning)), network.tokens)


WAYS = {
    "ours": ours,
    "separate": separate,
    "equal_rows": equal_rows,
    "joining_rows": joining_rows,
    "nano": nano,
    "generate": generate,
}

if __name__ == "__main__":
    metering.main("benchmarks.rollouts", __doc__ or "", WAYS, compare)
