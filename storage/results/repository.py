"""ResultRepository: annotations, agreement, adjudication, solutions to look at, and history.

Each method is one transaction; iterators read page by page, so that a large store needs little memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from engine.domain import Annotation, Cause, Decision, FinalLabels, RatedSolution, Scoring
from storage.database.connection import Database
from storage.results import (
    adjudication,
    browse,
    history,
    labelled_sets,
    listing,
    listing_rows,
    listing_summary,
    summary,
    votes,
)
from storage.results import annotations as annotation_rows
from storage.results.anchoring import Anchoring, measure_anchoring
from storage.results.annotations import AnnotatedSolution, LabelOwner
from storage.results.browse import BrowsePage, SolutionRecord
from storage.results.disagreement_count import OpenDisagreements
from storage.results.disagreements import DisagreementFilter, DisagreementPage, page_of_disagreements
from storage.results.history import FeedPage, HistoryPage
from storage.results.labelled_sets import FileLabels, LabelledProject, ModelScores, PersonLabels, PolicyLabels
from storage.results.listing import SolutionFilter, SortOrder
from storage.results.listing_summary import Facet, FacetCount, ListedSteps
from storage.results.summary import DatasetSummary, RecentWork
from storage.results.votes import AnnotatorSummary, LatestAnnotations, Scope
from storage.runs import step_scores
from storage.runs.step_scores import pages_of


class ResultRepository:
    """The annotations of one store, and what they add up to."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open_disagreements = OpenDisagreements()

    # ---- annotations ----

    def add_annotation(self, annotation: Annotation) -> bool:
        """Insert an annotation made elsewhere once; return whether it was new."""
        with self._database.write() as connection:
            return annotation_rows.add_annotation(connection, annotation)

    def iter_annotations(self, solution_id: str | None = None) -> Iterator[Annotation]:
        """Iterate over annotations in the order they arrived."""
        return self._database.iter_pages(
            lambda connection, after: annotation_rows.page_of_annotations(connection, after, solution_id)
        )

    def iter_annotated(
        self, scope: Scope, *, unlabelled: bool = False, rolled_out: bool = False, among: Sequence[str] | None = None
    ) -> Iterator[AnnotatedSolution]:
        """Iterate over annotated, decided and file-labelled solutions in the order they were stored.

        Args:
            scope: which annotations count.
            unlabelled: over the finished ones without any label as well.
            rolled_out: over those that only rollouts label as well.
            among: only these; None: all.
        """

        def iter_among(page: Sequence[str] | None) -> Iterator[AnnotatedSolution]:
            return self._database.iter_pages(
                lambda connection, after: annotation_rows.page_of_annotated(
                    connection, scope, after, unlabelled=unlabelled, rolled_out=rolled_out, among=page
                )
            )

        for page in [None] if among is None else pages_of(among):
            yield from iter_among(page)

    def list_labelled_questions(
        self, scope: Scope, whose: LabelOwner | None = None, policy_model: str | None = None
    ) -> Mapping[str, str]:
        """Return the questions of problems that have labelled solutions, by id; cheap, as no label is read.

        Some more may be among them: of solutions whose newest annotation is a skip, or whose labels label no step. ``whose``: whose
        labels count; None: all but those of rollouts. ``policy_model``: only solutions by it; None: by any.
        """
        with self._database.read() as connection:
            return annotation_rows.labelled_questions(connection, scope, whose, policy_model)

    def list_solutions_of_problems(self, problem_ids: Sequence[str]) -> tuple[str, ...]:
        """Return the solutions of some problems, in the order they were stored."""
        with self._database.read() as connection:
            return annotation_rows.solutions_of_problems(connection, problem_ids)

    def last_seq(self) -> int:
        """Return the place of the solution that was stored last; 0 where there is none."""
        with self._database.read() as connection:
            return annotation_rows.last_seq(connection)

    def count_sent_back(self, scope: Scope, among: Sequence[str] | None = None) -> int:
        """Return for how many solutions somebody's work is left out because it was sent back and is not submitted again.

        ``among``: only these solutions; None: all.
        """
        with self._database.read() as connection:
            pages = [None] if among is None else pages_of(among)
            return sum(votes.count_sent_back(connection, scope, page) for page in pages)

    # ---- agreement ----

    def iter_latest(self, scope: Scope) -> Iterator[LatestAnnotations]:
        """Iterate over everybody's newest annotation of each annotated solution."""
        return self._database.iter_pages(lambda connection, after: votes.page_of_latest(connection, scope, after))

    def iter_rated(self, scope: Scope) -> Iterator[RatedSolution]:
        """Iterate over everybody's newest labels of each solution: the input of engine/evaluation/agreement.py."""
        return (votes.as_rated(each) for each in self.iter_latest(scope))

    def summarise_annotators(self, scope: Scope) -> tuple[AnnotatorSummary, ...]:
        """Return how much each person has done and how fast."""
        return votes.summarise_annotators(self.iter_latest(scope))

    def measure_anchoring(self, queue_id: str | None = None, *, evaluation: bool = False) -> Anchoring:
        """Return how often people changed their labels once they had seen the scores."""
        with self._database.read() as connection:
            return measure_anchoring(connection, queue_id, evaluation=evaluation)

    def list_disagreements(
        self, wanted: DisagreementFilter, limit: int = 50, after: str | None = None
    ) -> DisagreementPage:
        """Return solutions on which people differ, the most differing first; ``after`` is the ``next`` of a page."""
        with self._database.read() as connection:
            return page_of_disagreements(connection, wanted, limit, after)

    def count_open_disagreements(self) -> int:
        """Return on how many solutions people differ and nobody has decided; cheap to ask for again and again."""
        with self._database.read() as connection:
            return self._open_disagreements.count(connection)

    # ---- adjudication ----

    def add_decision(self, decision: Decision) -> bool:
        """Append an adjudication once; return whether it was new. Raises NotFound, BadDecision."""
        with self._database.write() as connection:
            return adjudication.add_decision(connection, decision)

    def count_causes(self, queue_id: str | None = None) -> Mapping[Cause, int]:
        """Return how many solutions were decided for each cause."""
        with self._database.read() as connection:
            return adjudication.count_causes(connection, queue_id)

    def get_final_labels(self, solution_id: str, scope: Scope) -> FinalLabels:
        """Return the final labels of a solution with their provenance; raises NotFound."""
        with self._database.read() as connection:
            return adjudication.final_labels(connection, solution_id, scope)

    def iter_final_labels(self, scope: Scope) -> Iterator[FinalLabels]:
        """Iterate over the final labels of every annotated or decided solution."""
        return self._database.iter_pages(lambda connection, after: adjudication.page_of_final(connection, scope, after))

    # ---- solutions to look at ----

    def get_solution(self, solution_id: str, reward_model: str | None = None) -> SolutionRecord:
        """Return a solution with its problem and scorings; raises NotFound.

        ``reward_model``: the name of the model whose newest scoring is ``scoring``; None: the newest of all.
        """
        with self._database.read() as connection:
            return browse.get_solution(connection, solution_id, reward_model)

    def newest_scorings(self, solution_ids: Sequence[str], reward_model: str | None = None) -> Mapping[str, Scoring]:
        """Return each solution's newest scoring, of any or one reward model; solutions without one are left out."""
        with self._database.read() as connection:
            return step_scores.newest_scorings(connection, solution_ids, reward_model)

    def list_solutions(
        self,
        wanted: SolutionFilter | None = None,
        order: SortOrder | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> BrowsePage:
        """Return solutions in order, without a filter all. Some of what changed is brought up to date first.

        ``after`` is the ``next`` of a page. Raises BadSetting.
        """
        self.update_listing()
        with self._database.read() as connection:
            return browse.page_of_solutions(connection, wanted or SolutionFilter(), order or SortOrder(), limit, after)

    def list_ids(self, wanted: SolutionFilter, order: SortOrder, limit: int) -> tuple[str, ...]:
        """Return the ids of up to ``limit`` solutions in order. Raises BadSetting."""
        with self._database.read() as connection:
            return listing_summary.list_ids(connection, wanted, order, limit)

    def read_listed_steps(self, wanted: SolutionFilter) -> ListedSteps:
        """Return labels, scores and times of all solutions that a filter finds, for figures over them. Raises BadSetting."""
        with self._database.read() as connection:
            return listing_summary.read_listed_steps(connection, wanted)

    def count_facet(self, wanted: SolutionFilter, facet: Facet) -> tuple[FacetCount, ...]:
        """Return how many solutions have each value of a facet, the most frequent first, whichever of them the filter has."""
        with self._database.read() as connection:
            return listing_summary.count_facet(connection, wanted, facet)

    def update_listing(self) -> int:
        """Bring the list up to date with some of the solutions that changed; return how many it took on."""
        with self._database.read() as connection:
            update = listing_rows.compute_update(connection)
        if update is None:
            return 0
        # derived: lost in a power cut, its notes are there again
        with self._database.write(durable=False) as connection:
            listing_rows.write_update(connection, update)
        return len(update.noted)

    def list_in_work(self, annotator: str) -> frozenset[str]:
        """Return the solutions that somebody is labelling right now: scores and others' labels of them are not for them."""
        with self._database.read() as connection:
            return frozenset(connection.scalars(listing.in_work(annotator)))

    def list_labelled_projects(self) -> tuple[LabelledProject, ...]:
        """Return the projects in which people labelled solutions, the newest first, with how many."""
        with self._database.read() as connection:
            return labelled_sets.labelled_projects(connection)

    def list_file_labels(self) -> tuple[FileLabels, ...]:
        """Return whose labels files brought, by the data source of their problems, with how many solutions."""
        with self._database.read() as connection:
            return labelled_sets.file_labels(connection)

    def list_rollout_labels(self) -> tuple[PolicyLabels, ...]:
        """Return whose rollouts labelled solutions, by the data source of their problems, with how many."""
        with self._database.read() as connection:
            return labelled_sets.rollout_labels(connection)

    def list_person_labels(self) -> tuple[PersonLabels, ...]:
        """Return who labelled solutions, with how many."""
        with self._database.read() as connection:
            return labelled_sets.person_labels(connection)

    def list_model_scores(self) -> tuple[ModelScores, ...]:
        """Return which reward models scored solutions, with how many."""
        with self._database.read() as connection:
            return labelled_sets.model_scores(connection)

    def count_recent(self, since: datetime) -> RecentWork:
        """Return what people finished since a moment and have not taken back."""
        with self._database.read() as connection:
            return summary.recent_work(connection, since)

    def summarise_dataset(self, annotator: str) -> DatasetSummary:
        """Return how much is labelled, with this person's progress in each queue."""
        with self._database.read() as connection:
            return summary.dataset_summary(connection, annotator)

    # ---- history ----

    def get_history(self, solution_id: str, limit: int = 500, after: int = 0) -> HistoryPage:
        """Return what happened to a solution, the oldest first; ``after`` is the ``next`` of a page. Raises NotFound."""
        with self._database.read() as connection:
            return history.page_of_history(connection, solution_id, limit, after)

    def get_feed(self, cursor: str = "", limit: int = 500, queue_id: str | None = None) -> FeedPage:
        """Return what people did after a cursor, reviews and decisions too, for scripts that follow. Raises BadSetting."""
        with self._database.read() as connection:
            return history.page_of_feed(connection, cursor, limit, queue_id)
