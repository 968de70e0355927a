"""The dev split that a threshold is tuned on: another labelled set, refused where it shares a problem with what is tested.

Source: two groups deleted the "mini dev sets" that they had taken from VisualProcessBench: a threshold tuned on any part of the
test set is a leak.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from engine.domain import Label, Problem
from engine.evaluation.shared_problems import find_shared
from engine.pictures.image_decoding import pixel_digest
from storage import BadImage, BadSetting, NotFound, Store
from visualprm_ui.use_cases.evaluations.labelled_set import LabelledSolution, iter_labelled, nothing_labelled
from visualprm_ui.use_cases.evaluations.request import EvaluationRequest
from visualprm_ui.use_cases.model_job_work import batched

PAGE = 500  # problems, of which the store is asked at once


def read_dev_split(
    store: Store,
    request: EvaluationRequest,
    tested: Iterable[LabelledSolution],
    on_read: Callable[[float], None] = lambda _share: None,
) -> list[LabelledSolution]:
    """Return the labelled solutions of the set that a request tunes its threshold on; none where it tunes none.

    Raises:
        BadSetting: nothing is labelled so, no threshold can be tuned on these labels, or the set shares a problem with ``tested``.
        NotFound: what is named is not there.
    """
    if request.tune_on is None:
        return []
    name = request.tune_on_name
    dev = list(iter_labelled(store, request.tune_on, on_read))
    if not dev:
        raise BadSetting(nothing_labelled(request.tune_on))
    labels = {label for each in dev for label in each.labels}
    if lacking := [word for label, word in ((Label.CORRECT, "correct"), (Label.WRONG, "wrong")) if label not in labels]:
        raise BadSetting(
            f"No step of {name!r} is labelled {lacking[0]}, so no threshold can be tuned on it. Choose another dev split."
        )
    problems = {each.problem for each in dev}
    if shared := len(_shared(store, problems, {each.problem for each in tested})):
        raise BadSetting(
            f"{shared} of the {len(problems)} problems of {name!r} are tested too: a threshold tuned on them would be a leak. "
            "Choose a dev split without them."
        )
    return dev


def _shared(store: Store, dev: set[str], tested: set[str]) -> set[str]:
    """Return the problems of a dev split that are tested, under another id too."""
    same = dev & tested
    problems = _read(store, sorted(dev | tested))
    others = [problems[each] for each in sorted(dev - same) if each in problems]
    there = [problems[each] for each in sorted(tested) if each in problems]
    by_address = {each.id for each in find_shared(others, there, _question, lambda problem: problem.images)}
    left = [each for each in others if each.id not in by_address]

    @cache
    def digest(sha: str) -> str:
        try:
            return pixel_digest(store.images.open(sha))
        except (NotFound, BadImage):
            return sha

    by_pixels = find_shared(left, there, _question, lambda problem: tuple(map(digest, problem.images)))
    return same | by_address | {each.id for each in by_pixels}


def _read(store: Store, ids: Sequence[str]) -> Mapping[str, Problem]:
    return {key: each for page in batched(ids, PAGE) for key, each in store.runs.read_problems(page).items()}


def _question(problem: Problem) -> str:
    return problem.question
