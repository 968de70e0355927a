"""What a project is filled with: which solutions a selection means, and their tasks in the project's order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import ColumnElement, Connection, Table, select

from engine.aggregate import aggregate
from engine.domain import Aggregation, FinishReason, Order
from storage.database import tables
from storage.errors import NotFound
from storage.labelling import queues, slots
from storage.labelling.queue_rules import QueueRules, TaskRole
from storage.projects.ordering import draw_evaluation, interleave, order_solutions
from storage.projects.spread import SolutionSpread, measure_spread
from storage.runs.built_in_benchmark import DATA_SOURCE, list_unlabelled
from storage.runs.equal_solutions import without_equals
from storage.runs.step_scores import disagreement, newest_labels, newest_scores, pages_of

_TEMPORARY = -1_000_000_000  # added to positions while tasks swap them: no two tasks may share one


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which solutions to take. Conditions add up; without any it is every finished solution with steps.

    What nobody labelled of the built-in benchmark is taken only where a selection names it.
    """

    runs: tuple[str, ...] = ()  # made by these runs; empty: by any or none
    solutions: tuple[str, ...] = ()  # these themselves, e.g. those of an imported file; empty: any
    data_source: str | None = None
    policy_model: str | None = None
    queue: str | None = None  # that are tasks of this queue, gold and quiz left out
    min_score: float | None = None  # mean step score, both ends included
    max_score: float | None = None
    disagrees: bool = False  # a human label contradicts the scores
    reward_model: str | None = None  # whose newest scores these are, by its name; None: the newest of any model

    @property
    def names_benchmark(self) -> bool:
        """Whether solutions of the built-in benchmark are among what is named, so that they are not left out."""
        return bool(self.runs or self.solutions) or self.queue is not None or self.data_source == DATA_SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAdded:
    """How many of the selected solutions a queue does not take, by the reason."""

    present: int  # in the queue already
    equal: int  # word for word the same as another one of their run, which stands for both
    unusable: int  # of those named: cancelled while they were written, or without a step
    benchmark: int  # of the built-in benchmark, which nobody labelled and the selection does not name


@dataclass(frozen=True, slots=True, kw_only=True)
class FillResult:
    """The result of adding items to a queue."""

    added: int
    total: int  # tasks in the queue now
    left_out: NotAdded


@dataclass(frozen=True, slots=True, kw_only=True)
class FillPreview:
    """What adding items would do."""

    matching: int  # solutions that the selection finds, those left out too
    added: int
    left_out: NotAdded
    spread: SolutionSpread  # of what the selection finds whatever its mean score


def preview_items(connection: Connection, rules: QueueRules, selection: Selection) -> FillPreview:
    """Return what :func:`add_items` would do. Raises NotFound: a run, solution or queue named is not stored."""
    new, left_out = _choose(connection, rules, selection)
    of_any_score, _ = find_solutions(connection, replace(selection, min_score=None, max_score=None))
    return FillPreview(
        matching=len(new) + sum(asdict(left_out).values()),
        added=len(new),
        left_out=left_out,
        spread=measure_spread(connection, of_any_score, selection.reward_model),
    )


def add_items(connection: Connection, rules: QueueRules, selection: Selection) -> FillResult:
    """Add the selected solutions that are not in the queue yet, in the project's order, behind those there are.

    Equal solutions of a run are one task.

    Raises NotFound, nothing added: a run, solution or queue named is not stored.
    """
    new, left_out = _choose(connection, rules, selection)
    evaluation = draw_evaluation(new, len(queues.solutions_in(connection, rules.queue_id)), rules.options)
    chosen = set(evaluation)
    if rules.options.order in (Order.AS_IMPORTED, Order.RANDOM):  # no score has a hand in it: marking is enough
        row = order_solutions(connection, new, rules.options)
    else:
        ordered = order_solutions(connection, [each for each in new if each not in chosen], rules.options)
        row = interleave(ordered, evaluation)
    queues.append(connection, rules.queue_id, [{"solution_id": each, "evaluation": each in chosen} for each in row])
    slots.recount_open_tasks(connection, rules.queue_id)
    return FillResult(added=len(row), total=queues.count_tasks(connection, rules.queue_id), left_out=left_out)


def _choose(connection: Connection, rules: QueueRules, selection: Selection) -> tuple[list[str], NotAdded]:
    """Return the selected solutions that the queue takes, each once, and how many it does not. Raises NotFound."""
    require_stored(connection, selection)
    wanted, of_benchmark = find_solutions(connection, selection)
    present = queues.solutions_in(connection, rules.queue_id)
    new = [each for each in wanted if each not in present]
    different = list(without_equals(connection, new, present))
    left_out = NotAdded(
        present=len(wanted) - len(new),
        equal=len(new) - len(different),
        unusable=_count_unusable(connection, selection.solutions),
        benchmark=of_benchmark,
    )
    return different, left_out


def find_solutions(connection: Connection, selection: Selection) -> tuple[list[str], int]:
    """Return the selected solutions, each once, and how many more are left out, being of the built-in benchmark."""
    found = list(dict.fromkeys(select_solutions(connection, selection)))
    of_benchmark = frozenset[str]() if selection.names_benchmark else list_unlabelled(connection)
    wanted = [each for each in found if each not in of_benchmark]
    return wanted, len(found) - len(wanted)


def _count_unusable(connection: Connection, named: Sequence[str]) -> int:
    """Return how many of the solutions that are named nobody can label: cancelled, or without a step."""
    return len(set(named)) - len(select_solutions(connection, Selection(solutions=tuple(set(named))))) if named else 0


def reorder(connection: Connection, rules: QueueRules) -> int:
    """Reorder the tasks that nobody has begun by their newest scores; return how many moved.

    The evaluation slice keeps its positions.
    """
    tasks, solutions, drafts = tables.tasks, tables.solutions, tables.drafts
    begun = select(drafts.c.task_id).where(drafts.c.task_id == tasks.c.id).exists()
    query = (
        select(tasks.c.id, tasks.c.position, tasks.c.solution_id)
        .join(solutions, solutions.c.id == tasks.c.solution_id)
        .where(
            tasks.c.queue_id == rules.queue_id,
            tasks.c.role == TaskRole.LABEL.value,
            tasks.c.evaluation.is_(False),
            ~begun,
        )
        .order_by(solutions.c.seq)
    )
    found = connection.execute(query).all()
    task_of = {row.solution_id: row.id for row in found}
    before = {row.id: row.position for row in found}
    ordered = order_solutions(connection, list(task_of), rules.options)
    positions = zip(ordered, sorted(before.values()), strict=True)
    moves = [(task_of[each], position) for each, position in positions if before[task_of[each]] != position]
    for offset in (_TEMPORARY, 0):
        for task_id, position in moves:
            connection.execute(tasks.update().where(tasks.c.id == task_id).values(position=position + offset))
    return len(moves)


def select_solutions(connection: Connection, selection: Selection) -> list[str]:
    """Return the selected solutions in the order they were stored."""
    solutions, problems = tables.solutions, tables.problems
    conditions: list[ColumnElement[bool]] = [solutions.c.finish != FinishReason.CANCELLED.value]
    if selection.runs:
        conditions.append(solutions.c.run_id.in_(selection.runs))
    if selection.data_source is not None:
        conditions.append(problems.c.data_source == selection.data_source)
    if selection.policy_model is not None:
        conditions.append(solutions.c.policy_model == selection.policy_model)
    if selection.queue is not None:
        tasks = tables.tasks.c
        of_queue = select(tasks.solution_id).where(
            tasks.queue_id == selection.queue, tasks.role == TaskRole.LABEL.value
        )
        conditions.append(solutions.c.id.in_(of_queue))
    query = select(solutions.c.id, solutions.c.seq, solutions.c.steps).join(problems).where(*conditions)
    found = []
    for page in pages_of(selection.solutions) if selection.solutions else [None]:
        some = query if page is None else query.where(solutions.c.id.in_(page))
        found += [(row.seq, row.id) for row in connection.execute(some) if row.steps]
    return list(_by_scores(connection, [solution_id for _seq, solution_id in sorted(found)], selection))


def require_stored(connection: Connection, selection: Selection) -> None:
    """Raise NotFound where a run, solution or queue that is named is not stored."""
    _require_stored(connection, "run", tables.runs, selection.runs)
    _require_stored(connection, "solution", tables.solutions, selection.solutions)
    _require_stored(connection, "queue", tables.queues, [] if selection.queue is None else [selection.queue])


def _require_stored(connection: Connection, noun: str, table: Table, ids: Sequence[str]) -> None:
    """Raise NotFound for the first id that is not in ``table``: ignoring a misspelt one would look like adding it."""
    for page in pages_of(ids):
        stored = set(connection.scalars(select(table.c.id).where(table.c.id.in_(page))))
        if (missing := next((each for each in page if each not in stored), None)) is not None:
            raise NotFound(f"There is no {noun} {missing!r}. It may belong to another data folder.")


def _by_scores(connection: Connection, solution_ids: Sequence[str], selection: Selection) -> Iterator[str]:
    if selection.min_score is None and selection.max_score is None and not selection.disagrees:
        yield from solution_ids
        return
    scores = newest_scores(connection, solution_ids, selection.reward_model)
    labels = newest_labels(connection, solution_ids) if selection.disagrees else {}
    low = 0.0 if selection.min_score is None else selection.min_score
    high = 1.0 if selection.max_score is None else selection.max_score
    for each in solution_ids:
        mean = aggregate(scores.get(each, ()), Aggregation.MEAN)
        if mean is None or not low <= mean <= high:
            continue
        if not selection.disagrees or disagreement(scores[each], labels.get(each, [])):
            yield each
