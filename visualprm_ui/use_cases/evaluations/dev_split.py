"""The dev split that a threshold is tuned on: another labelled set, refused where it shares a problem with what is tested.

Source: two groups deleted the "mini dev sets" that they had taken from VisualProcessBench: a threshold tuned on any part of the
test set is a leak.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from engine.domain import Label, Problem
from engine.evaluation.shared_problems import find_shared
from storage import BadImage, BadSetting, NotFound, Store
from storage.transfer.export_choice import list_questions
from visualprm_ui.use_cases.evaluations.labelled_set import LabelledSolution, iter_labelled, nothing_labelled
from visualprm_ui.use_cases.evaluations.request import EvaluationRequest, SetChoice
from visualprm_ui.use_cases.model_job_work import batched

PAGE = 500  # problems, of which the store is asked at once
MOST_PICTURES = 200  # that are decoded while somebody waits for an answer; more of them are left to the job


def read_dev_split(
    store: Store,
    request: EvaluationRequest,
    tested: Iterable[LabelledSolution],
    on_read: Callable[[float], None] = lambda _share: None,
    *,
    in_request: bool = False,
) -> list[LabelledSolution]:
    """Return the labelled solutions of the set that a request tunes its threshold on; none where it tunes none.

    Args:
        store: to read from.
        request: what is asked for.
        tested: the labelled solutions that are tested.
        on_read: told at everything that is read, and may raise to end it.
        in_request: whether somebody waits, so that more than ``MOST_PICTURES`` are not compared pixel by pixel.

    Raises:
        BadSetting: nothing is labelled so, no threshold can be tuned on these labels, or the set shares a problem with ``tested``.
        NotFound: what is named is not there.
    """
    if request.tune_on is None:
        return []
    dev = list(iter_labelled(store, request.tune_on, on_read))
    _require_both_labels(dev, request.tune_on, request.tune_on_name)
    problems = {each.problem for each in dev}
    questions = _Questions(store, on_read)
    ours, others = questions.read(problems), questions.read({each.problem for each in tested})
    most = MOST_PICTURES if in_request else None
    _refuse_shared(_Shared(store, most, on_read).find(ours, others), len(problems), request.tune_on_name)
    return dev


def check_dev_split(store: Store, request: EvaluationRequest) -> None:
    """Refuse what :func:`read_dev_split` would, without reading all labels; many pictures are left to it. Raises as it does."""
    dev, tested = request.tune_on, request.set
    if dev is None:
        return
    _require_both_labels(iter_labelled(store, dev), dev, request.tune_on_name)
    shared = _Shared(store, MOST_PICTURES, lambda _share: None)
    ours, others = (list_questions(store, each.as_export_choice()) for each in (dev, tested))
    suspects = shared.find(ours, others)
    if not suspects:
        return
    twins = shared.find(others, {each: ours[each] for each in suspects})  # and whether their labels count, at last
    sure = _only(ours, _labelled_of(store, dev, suspects)), _only(others, _labelled_of(store, tested, twins))
    if found := shared.find(*sure):
        _refuse_shared(found, len({each.problem for each in iter_labelled(store, dev)}), request.tune_on_name)


def _require_both_labels(dev: Iterable[LabelledSolution], choice: SetChoice, name: str) -> None:
    """Refuse a set that tells nothing of a threshold; reads no further than it has to. Raises BadSetting."""
    wanted = {Label.CORRECT: "correct", Label.WRONG: "wrong"}
    is_empty = True
    for each in dev:
        is_empty = False
        wanted = {label: word for label, word in wanted.items() if label not in each.labels}
        if not wanted:
            return
    if is_empty:
        raise BadSetting(nothing_labelled(choice))
    raise BadSetting(
        f"No step of {name!r} is labelled {next(iter(wanted.values()))}, so no threshold can be tuned on it. Choose another "
        "dev split."
    )


def _refuse_shared(shared: Collection[str], problems: int, name: str) -> None:
    if shared:
        raise BadSetting(
            f"{len(shared)} of the {problems} problems of {name!r} are in the test set too: a threshold tuned on them would leak. "
            "Choose a dev split without them."
        )


def _labelled_of(store: Store, choice: SetChoice, problems: Collection[str]) -> set[str]:
    return {each.problem for each in iter_labelled(store, choice, of_problems=sorted(problems))}


def _only(questions: Mapping[str, str], problems: Collection[str]) -> dict[str, str]:
    return {each: question for each, question in questions.items() if each in problems}


class _Questions:
    """The questions of problems, by id."""

    def __init__(self, store: Store, on_read: Callable[[float], None]) -> None:
        self._store, self._on_read = store, on_read

    def read(self, problems: Collection[str]) -> dict[str, str]:
        """Return those of the problems that are still there."""
        found: dict[str, str] = {}
        for page in batched(sorted(problems), PAGE):
            self._on_read(1.0)
            found |= {key: each.question for key, each in self._store.runs.read_problems(page).items()}
        return found


class _Shared:
    """Which problems of one set another has too, under another id or from another file as well."""

    def __init__(self, store: Store, most_pictures: int | None, on_read: Callable[[float], None]) -> None:
        self._store, self._most, self._on_read = store, most_pictures, on_read

    def find(self, dev: Mapping[str, str], tested: Mapping[str, str]) -> set[str]:
        """Return the ids of a dev split's problems that are tested, both given with their questions by id."""
        same = dev.keys() & tested.keys()
        alike = self._read(_with_question_of({each: dev[each] for each in dev.keys() - same}, tested))
        there = self._read(_with_question_of(tested, {each.id: each.question for each in alike}))
        by_address = _same_as_any(alike, there, lambda sha: sha)
        return same | by_address | self._find_by_pixels([each for each in alike if each.id not in by_address], there)

    def _find_by_pixels(self, dev: Sequence[Problem], tested: Sequence[Problem]) -> set[str]:
        pairs = _with_question_of(*({each.id: each.question for each in some} for some in (tested, dev)))
        compared = [*dev, *(each for each in tested if each.id in pairs)]
        shas = {sha for each in compared for sha in each.images}
        if self._most is not None and len(shas) > self._most:
            return set()
        digests = {each: self._digest(each) for each in sorted(shas)}
        return _same_as_any(dev, tested, lambda sha: digests.get(sha, sha))

    def _digest(self, sha: str) -> str:
        self._on_read(1.0)
        try:
            return self._store.images.pixel_digest(sha)
        except (NotFound, BadImage):
            return sha

    def _read(self, problems: Iterable[str]) -> list[Problem]:
        return [
            each for page in batched(sorted(problems), PAGE) for each in self._store.runs.read_problems(page).values()
        ]


def _with_question_of(problems: Mapping[str, str], others: Mapping[str, str]) -> set[str]:
    """Return those of the problems whose question one of the others asks too, as ``find_shared`` compares them."""
    found = find_shared(problems.items(), others.items(), lambda item: item[1], lambda _item: None)
    return {key for key, _question in found}


def _same_as_any(dev: Iterable[Problem], tested: Iterable[Problem], picture: Callable[[str], str]) -> set[str]:
    """Return the ids of those that ask what one of the others asks of the same pictures, which ``picture`` tells apart.

    What tells pictures apart goes with the question: so each is looked up once, however many have the same question.
    """

    def asked(problem: Problem) -> str:
        return " ".join((problem.question, "\0", *map(picture, problem.images)))

    return {each.id for each in find_shared(dev, tested, asked, lambda _problem: None)}
