"""What an export takes out of a store: which solutions, whose labels, and what becomes of neutral ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations

from engine.domain import Label, Stage
from storage.errors import BadSetting
from storage.results.annotations import AnnotatedSolution, LabelOwner, OwnerKind
from storage.results.votes import Scope
from storage.runs.built_in_benchmark import CHECKER, is_of_benchmark
from storage.runs.targets import Target
from storage.store import Store
from storage.transfer.label_choice import LabelChoice, LabelKind, Labels


class Neutral(StrEnum):
    """What becomes of neutral labels."""

    KEEP = "keep"  # as the format has them
    DROP = "drop"  # solutions with one are left out
    POSITIVE = "positive"  # correct, as OpenAI counts them in PRM800K
    NEGATIVE = "negative"  # wrong, as TRL's converter of PRM800K makes them

    @property
    def in_words(self) -> str:
        """What a report says of it."""
        return {
            Neutral.KEEP: "kept as 0",
            Neutral.DROP: "solutions with a neutral step are left out",
            Neutral.POSITIVE: "counted as correct",
            Neutral.NEGATIVE: "counted as wrong",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportChoice:
    """What is exported. Every part narrows it; None: not by this."""

    project_id: str | None = None
    queue_id: str | None = None  # only what was labelled in it, so that no labels of files stand in
    evaluation: bool = False  # only the random slices of projects, to measure models on; no labels of files stand in
    split: int | None = None  # 0-based index of a split of the queue
    stage: Stage | None = None  # annotations of this stage only; None: each person's newest
    target: Target | None = None  # solutions of this run, problem or picture
    solutions: tuple[str, ...] | None = None  # these themselves
    data_source: str | None = None
    policy_model: str | None = None
    min_agreement: float | None = (
        None  # share of pairs of labels that are equal, [0, 1]; one person's word is not enough
    )
    reward_model: str | None = None  # whose newest scores tables hold, by its name; None: the newest of any model
    agrees_with: str | None = None  # only labels that this reward model's newest scores predict, too
    agreement_threshold: float | None = None  # of these scores, in [0, 1]; None: 0.5
    subset: float | None = None  # share of the solutions of each data source that teaches most, in (0, 1]
    labels: LabelChoice = field(default_factory=LabelChoice)
    neutral: Neutral | None = None  # None: kept where the format has it, else positive
    license: str = "unknown"  # of the rows, as the hub names licences: for its card

    @property
    def is_narrowed(self) -> bool:
        """Whether it is about what was labelled somewhere, so that no file's labels stand in."""
        return self.queue_id is not None or self.project_id is not None or self.evaluation

    @property
    def names_benchmark(self) -> bool:
        """Whether the rows of the built-in benchmark are among what is named, so that they are not left out."""
        is_pointed_at = self.data_source is not None or self.target is not None or self.solutions is not None
        return self.is_narrowed or is_pointed_at or self.labels == LabelChoice(kind=LabelKind.FILE, name=CHECKER)

    @property
    def scope(self) -> Scope:
        """Which annotations count, but for the queues of a project."""
        return Scope(queue_id=self.queue_id, data_source=self.data_source, evaluation=self.evaluation, stage=self.stage)


def list_scopes(store: Store, choice: ExportChoice) -> tuple[Scope, ...]:
    """Return the scopes to read one after the other. Raises NotFound, BadSetting.

    A misspelt queue or project is refused: it must not replace an earlier export by nothing.
    """
    if choice.split is not None and choice.queue_id is None and choice.project_id is None:
        raise BadSetting("A split is one of a queue. Name the queue or its project too.")
    if choice.project_id is not None:
        if choice.queue_id is not None:
            raise BadSetting("Name a project or one of its queues, not both.")
        queues = [each.id for each in store.projects.list_queues(store.projects.get_project(choice.project_id).id)]
        own = choice.scope
        return tuple(
            Scope(queue_id=each, data_source=own.data_source, evaluation=own.evaluation, stage=own.stage)
            for each in queues
        )
    if choice.queue_id is not None:
        store.labelling.get_queue(choice.queue_id, "")
    return (choice.scope,)


def list_solutions(store: Store, choice: ExportChoice) -> Sequence[str] | None:
    """Return the ids of the solutions that are named, themselves or by the target; None where none are. Raises NotFound."""
    if choice.target is None:
        return choice.solutions
    of_target = store.runs.list_solutions_of(choice.target)
    if choice.solutions is None:
        return of_target
    named = frozenset(choice.solutions)
    return [each for each in of_target if each in named]


def iter_chosen(
    store: Store,
    choice: ExportChoice,
    *,
    unlabelled: bool,
    on_read: Callable[[float], None] = lambda _share: None,
    on_left_out: Callable[[], None] = lambda: None,
    of_problems: Sequence[str] | None = None,
) -> Iterator[AnnotatedSolution]:
    """Iterate over the solutions that are chosen, each once.

    Those of the built-in benchmark that no person labelled are left out, unless the choice names them.

    Args:
        store: to read from.
        choice: which.
        unlabelled: those without any label as well.
        on_read: told at every solution that is read, chosen or not, which share of all that was, in [0, 1].
        on_left_out: told at every solution of the built-in benchmark that is left out.
        of_problems: only solutions of these, which names none of the built-in benchmark; None: of any.
    """
    scopes, among = list_scopes(store, choice), list_solutions(store, choice)
    if of_problems is not None:
        theirs = store.results.list_solutions_of_problems(of_problems)
        named = None if among is None else frozenset(among)
        among = [each for each in theirs if named is None or each in named]
    last = max(1, store.results.last_seq())
    names_benchmark = choice.names_benchmark
    seen: set[str] = set()
    for number, scope in enumerate(scopes):
        of_split: frozenset[str] | None = None
        if choice.split is not None and scope.queue_id is not None:
            of_split = store.projects.list_split_solutions(scope.queue_id, choice.split)
        rolled_out = choice.labels.wants_rollouts
        for each in store.results.iter_annotated(scope, unlabelled=unlabelled, rolled_out=rolled_out, among=among):
            on_read((number + min(1.0, each.seq / last)) / len(scopes))
            if of_split is not None and each.solution.id not in of_split:
                continue
            if not _takes(choice, each) or each.solution.id in seen:
                continue
            if not names_benchmark and is_of_benchmark(each.problem) and not is_peoples(each):
                on_left_out()
                continue
            if len(scopes) > 1:
                seen.add(each.solution.id)
            yield each


def list_questions(store: Store, choice: ExportChoice) -> dict[str, str]:
    """Return the questions of the problems that a choice of one label has labelled solutions of, by id, without reading labels.

    Some more may be among them: of what is left out only where labels are read, such as solutions that everybody skipped.
    Raises NotFound, BadSetting.
    """
    kinds = {
        LabelKind.PERSON: OwnerKind.PERSON,
        LabelKind.FILE: OwnerKind.FILE,
        LabelKind.MONTE_CARLO: OwnerKind.POLICY,
    }
    kind = kinds.get(choice.labels.kind)
    whose = None if kind is None else LabelOwner(kind=kind, name=choice.labels.name)
    found: dict[str, str] = {}
    for scope in list_scopes(store, choice):
        found |= store.results.list_labelled_questions(scope, whose, choice.policy_model)
    return found


def with_neutral(labels: Labels, policy: Neutral) -> Labels | None:
    """Return the labels without neutral ones as the policy says; None: the solution is left out."""
    if policy is Neutral.KEEP or Label.NEUTRAL not in labels:
        return labels
    if policy is Neutral.DROP:
        return None
    instead = Label.CORRECT if policy is Neutral.POSITIVE else Label.WRONG
    return tuple(instead if label is Label.NEUTRAL else label for label in labels)


def is_peoples(labelled: AnnotatedSolution) -> bool:
    """Return whether a person annotated a solution, skips among it, or decided it."""
    return bool(labelled.annotations) or labelled.final.decision is not None


def agreement_of(labelled: AnnotatedSolution) -> float | None:
    """Return the share of pairs of people's labels of one step that are equal; None where no step has two."""
    voted = [each.labels for each in labelled.annotations if each.skip_reason is None]
    pairs = [
        one == other
        for labels in zip(*voted, strict=True)
        for one, other in combinations([label for label in labels if label is not None], 2)
    ]
    return sum(pairs) / len(pairs) if pairs else None


def _takes(choice: ExportChoice, labelled: AnnotatedSolution) -> bool:
    if choice.policy_model is not None and labelled.solution.policy_model != choice.policy_model:
        return False
    if choice.min_agreement is None:
        return True
    agreement = agreement_of(labelled)
    return agreement is not None and agreement >= choice.min_agreement
