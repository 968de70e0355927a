"""``python -m engine evaluate best-of-n``: how often each way to choose among N solutions gives a correct one.

Solutions come from a pool that is kept in a file, from a policy, or from both: then what the pool lacks is sampled, and added to it
a problem at a time. So are searches that are asked for, and the scores of every reward model. A run that was ended goes on where it
was.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import closing

from engine.cli.evaluate_models import named_models
from engine.cli.evaluate_rows import PosedProblem, as_problem, chosen_part, read_rows
from engine.cli.json_lines import key_of
from engine.cli.pool_file import PoolFile, PoolRow
from engine.cli.pool_filling import PoolFiller, Told
from engine.cli.pool_protocol import GREEDY, check_protocol
from engine.cli.pool_searching import PoolSearcher
from engine.cli.search_figures import ComparedSearch, compare_searches, sentence
from engine.domain import Aggregation
from engine.errors import InvalidRequest
from engine.evaluation.curve import Curve, measure_curve, solution_scores
from engine.evaluation.grading import StatedAnswer, grade
from engine.evaluation.intervals import Estimate
from engine.evaluation.solution_pool import PooledSolution, Protocol
from engine.evaluation.spent_tokens import mean_tokens


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code, 0 only when every problem was evaluated."""
    _check(arguments)
    failures: list[str] = []
    rows = chosen_part(read_rows(arguments.input, as_problem, failures), lambda row: key_of(row.id), arguments.shard)
    plans = list({plan.title: plan for plan in arguments.search}.values())
    models = named_models(arguments.reward_model, arguments.outcome_model)
    protocol = Protocol(arguments.protocol)
    with closing(PoolFile(arguments.pool, writes=bool(arguments.policy or models))) as pool:
        check_protocol((pool.of(row.id) for row in rows), protocol, arguments.pool)
        filler = PoolFiller(arguments, pool, failures)
        if arguments.policy is not None:
            filler.sample(rows)
            guide = next((each for each in models if not each.is_outcome), None)
            if plans and guide is not None:
                PoolSearcher(arguments, pool, guide, failures).search(rows, plans)
        filler.score(rows, models)
        pool.close(is_finished=True)
    pools = {row.line: found for row in rows if (found := pool.of(row.id))}
    failures += [
        f"line {row.line}: the pool has no solution of problem {row.id!r}" for row in rows if row.line not in pools
    ]
    names = model_names(each for found in pools.values() for each in found)
    graded = {row.line: grade_pool(row, pools[row.line], names, failures) for row in rows if row.line in pools}
    searches = compare_searches(plans, rows, graded, pool, protocol, failures)
    failures += _unscored(rows, pools, names, filler.told)
    for failure in failures:
        print(failure, file=sys.stderr)
    if not graded:
        raise InvalidRequest(
            f"{str(arguments.input)!r} has no problem with solutions, so there is nothing to evaluate."
        )
    _say_what_differs(list(graded.values()))
    _say_what_is_unread(pools.values())
    curve = measure_curve(list(graded.values()), names, protocol)
    spent = [[each.tokens for each in pools[line]] for line in graded]
    _print(curve, searches, {n: mean_tokens(spent, n, protocol) for n in curve.figures}, arguments)
    print(f"evaluated {len(graded)} problems, {len(failures)} lines could not be as they should", file=sys.stderr)
    return 1 if failures else 0


def _check(arguments: argparse.Namespace) -> None:
    if arguments.policy is None and arguments.pool is None:
        raise InvalidRequest("Say where the solutions come from: --policy MODEL --n N, --pool FILE, or both.")
    if (arguments.policy is None) != (arguments.n is None):
        raise InvalidRequest("--policy and --n belong together: who writes, and how many solutions a problem.")
    if arguments.policy is None and not arguments.pool.is_file():
        raise InvalidRequest(f"There is no file {str(arguments.pool)!r}, and without --policy none is made.")
    if not arguments.search or arguments.policy is None:
        return
    if not arguments.reward_model:
        raise InvalidRequest("A search is guided by scores of steps. Add --reward-model MODEL, or leave --search out.")
    if arguments.temperature == GREEDY:
        raise InvalidRequest(
            "At temperature 0 all tries of a step are the same, so a search has nothing to choose from. Raise --temperature, or "
            "leave --search out."
        )


def grade_pool(
    row: PosedProblem, found: Sequence[PoolRow], names: Sequence[str], failures: list[str]
) -> list[PooledSolution]:
    """Return the pool of a problem as a choice looks at it, with the scores of ``names``.

    One that was cut off has no answer, no vote and is never picked.
    """
    stated = [StatedAnswer(answer=each.answer, finish=each.finish, verdict=each.correct) for each in found]
    solutions = []
    for each, graded in zip(found, grade(stated, row.answer, row.question), strict=True):
        if graded.is_correct is None:
            failures.append(f"line {row.line}: draw {each.draw} has no verdict, and the problem no answer to grade by")
        scores: dict[str, float | None] = {f"{name}_{how.value}": None for name in names for how in Aggregation}
        for name in names if each.finish.is_complete else ():
            known = each.scores.get(name, ())
            scores |= solution_scores(name, [score for score in known if score is not None])
        solutions.append(PooledSolution(is_correct=bool(graded.is_correct), answer_group=graded.group, scores=scores))
    return solutions


def _unscored(
    rows: Sequence[PosedProblem], pools: Mapping[int, Sequence[PoolRow]], names: Sequence[str], told: Set[Told]
) -> list[str]:
    """Return a sentence for each solution that lacks a model's scores, which never picks it. One that was cut off needs none."""
    return [
        f"line {row.line}: draw {each.draw} has no scores of {name!r}, which therefore never picks it{_why(each, name)}"
        for row in rows
        for each in pools.get(row.line, ())
        for name in names
        if each.lacks_scores_of(name) and (row.line, each.draw, name) not in told
    ]


def _why(row: PoolRow, name: str) -> str:
    return f": {row.unscored[name]}" if name in row.unscored else ""


def model_names(solutions: Iterable[PoolRow]) -> list[str]:
    """Return the names of the models that scored solutions, or gave no scores of them, in the order of the file."""
    return list(dict.fromkeys(name for each in solutions for name in (*each.scores, *each.unscored)))


def _say_what_is_unread(pools: Iterable[Sequence[PoolRow]]) -> None:
    unread = sum(
        score is None for pool in pools for each in pool for scores in each.scores.values() for score in scores
    )
    if unread:
        print(f"{unread} step scores could not be read: solution scores are those of the other steps", file=sys.stderr)


def _say_what_differs(pools: Sequence[Sequence[PooledSolution]]) -> None:
    sizes = sorted({len(pool) for pool in pools})
    if len(sizes) > 1:
        print(
            f"the pools have {sizes[0]} to {sizes[-1]} solutions: the curve ends at {sizes[0]}, every pool is used whole",
            file=sys.stderr,
        )


def _print(
    curve: Curve,
    searches: Sequence[ComparedSearch],
    tokens: Mapping[int, float | None],
    arguments: argparse.Namespace,
) -> None:
    reasons = {
        each.reason for ways in (curve.figures, curve.differences) for some in ways.values() for each in some.values()
    }
    for reason in sorted(filter(None, reasons)):
        print(f"some figures have no interval: {reason}", file=sys.stderr)
    for search in searches:
        print(sentence(search), file=sys.stderr)
    if arguments.format is not None or not arguments.json:
        from engine.evaluation.tables import TableFormat, curve_frame, write_table  # late: imports pandas

        frame = curve_frame(curve, {each.way: (each.against, each.comparison) for each in searches}, tokens)
        print(write_table(frame, TableFormat(arguments.format or TableFormat.MARKDOWN)))
    if arguments.json:
        told = {"searches": [_search_json(each) for each in searches]} if searches else {}
        print(json.dumps(as_json(curve) | told, ensure_ascii=False))


def as_json(curve: Curve) -> dict[str, object]:
    """Return the object that ``--json`` prints; ``docs/cli.md`` names its fields."""
    figures = {
        str(n): {
            way: estimate_json(estimate)
            | ({"sampling_error": curve.sampling_errors[n][way]} if way in curve.sampling_errors[n] else {})
            for way, estimate in ways.items()
        }
        for n, ways in curve.figures.items()
    }
    differences = {
        str(n): {name: estimate_json(estimate) for name, estimate in ways.items()}
        for n, ways in curve.differences.items()
    }
    return {"curve": figures, "differences": differences}


def _search_json(found: ComparedSearch) -> dict[str, object]:
    comparison = found.comparison
    return {
        "width": found.plan.width,
        "expansions": found.plan.expansions,
        "against": found.against,
        "problems": comparison.problems,
        "accuracy": estimate_json(comparison.accuracy),
        "tokens": comparison.tokens,
        "n": comparison.n,
        "n_tokens": comparison.n_tokens,
        "next_n": comparison.next_n,
        "next_tokens": comparison.next_tokens,
        "next_weight": comparison.next_weight,
        "best_of_n": estimate_json(comparison.best_of_n),
        "difference": estimate_json(comparison.difference),
        "ends_early": comparison.ends_early,
    }


def estimate_json(estimate: Estimate) -> dict[str, object]:
    """Return a figure with its interval as JSON values."""
    interval = estimate.interval
    return {
        "value": estimate.value,
        "interval": None if interval is None else [interval.low, interval.high],
    }
