"""ProjectRepository: projects, their queues and items, gold and quiz, review and progress. Each method is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from engine.domain import Project, ProjectOptions, Role
from storage.database.connection import Database
from storage.errors import BadProject, NotFound
from storage.labelling import entry_quiz, guideline, reopening
from storage.labelling.assignment import release_leases
from storage.labelling.entry_quiz import QuizAnswer, QuizResult
from storage.labelling.guideline import GuidelineVersion, ProjectGuideline
from storage.labelling.queue_rules import TaskRole, read_rules
from storage.labelling.queues import Queue
from storage.projects import (
    contents,
    filling,
    gold,
    gold_candidates,
    job_items,
    judgeable,
    members,
    records,
    review,
    review_item,
    standing,
)
from storage.projects.contents import QueueContent
from storage.projects.filling import FillPreview, FillResult, Selection
from storage.projects.gold import AnnotatorAccuracy, GoldItem
from storage.projects.gold_candidates import GoldItems
from storage.projects.job_items import ProblemGroup, ProblemSelection, ProblemSolutions
from storage.projects.judgeable import ReviewerSplits
from storage.projects.members import InvitedMembers
from storage.projects.progress import LabellingProgress, queue_progress
from storage.projects.review import ReviewSplit, SampledWork, WorkJudgement
from storage.projects.review_item import ReviewItem
from storage.projects.standing import LabelStanding, TimedWork

_AGAIN = "You may take the quiz again."


class ProjectRepository:
    """The projects of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- projects ----

    def add_project(self, title: str, options: ProjectOptions | None = None, guideline_version: str = "1") -> Project:
        """Make a project with one empty queue. Raises BadProject."""
        project = Project(title=title.strip(), options=options or ProjectOptions(), guideline_version=guideline_version)
        with self._database.write() as connection:
            records.add_project(connection, project)
        return project

    def get_project(self, project_id: str) -> Project:
        """Return a project; raises NotFound."""
        with self._database.read() as connection:
            return records.get_project(connection, project_id)

    def list_projects(self, *, archived: bool = False) -> tuple[Project, ...]:
        """Return the projects, the newest first; ``archived``: those that are closed too."""
        with self._database.read() as connection:
            return records.list_projects(connection, archived=archived)

    def list_queues(self, project_id: str) -> tuple[Queue, ...]:
        """Return the queues of a project, the oldest first."""
        with self._database.read() as connection:
            return records.list_queues(connection, project_id)

    def update_project(
        self,
        project_id: str,
        *,
        title: str | None = None,
        options: ProjectOptions | None = None,
        guideline_version: str | None = None,
        archived: bool | None = None,
    ) -> Project:
        """Change the given fields and return the project. Raises NotFound, BadProject.

        A new overlap takes effect at once; a new order when items are next added or reordered. Where the project becomes one for
        its members only, others get what was held by whoever is none. A project with its own guideline takes its versions only.
        """
        with self._database.write() as connection:
            before = records.get_project(connection, project_id)
            if guideline_version and guideline_version != before.guideline_version:
                guideline.check_version(connection, project_id, guideline_version)
            after = replace(
                before,
                title=before.title if title is None else title.strip(),
                options=options or before.options,
                guideline_version=guideline_version or before.guideline_version,
                archived=before.archived if archived is None else archived,
            )
            records.update_project(connection, before, after)
            members.release_outsiders(connection, after)
        return after

    # ---- guideline ----

    def get_guideline(self, project_id: str, version: str | None = None) -> ProjectGuideline:
        """Return a version of the guideline of a project; None: the one it is labelled by now. Raises NotFound: the project."""
        with self._database.read() as connection:
            project = records.get_project(connection, project_id)
            return guideline.read_guideline(connection, project_id, version or project.guideline_version)

    def list_guideline_versions(self, project_id: str) -> tuple[GuidelineVersion, ...]:
        """Return the versions that were saved of a project's own guideline, the newest first."""
        with self._database.read() as connection:
            return guideline.list_versions(connection, project_id)

    def save_guideline(self, by: str, project_id: str, based_on: str, text: str) -> str:
        """Save a new version of a project's guideline; return what it is called. ``based_on``: the version that was edited.

        Raises NotFound, GuidelineChanged, BadGuideline.
        """
        with self._database.write() as connection:
            records.get_project(connection, project_id)
            return guideline.add_version(connection, by, project_id, based_on, text)

    # ---- members ----

    def list_members(self, project_id: str) -> tuple[str, ...]:
        """Return the names of a project's members, in alphabetical order; raises NotFound."""
        with self._database.read() as connection:
            records.get_project(connection, project_id)
            return members.list_members(connection, project_id)

    def add_member(self, project_id: str, name: str) -> bool:
        """Make a person a member; return whether they were none. Raises NotFound: the project, or the person."""
        with self._database.write() as connection:
            records.get_project(connection, project_id)
            return members.add_member(connection, project_id, name)

    def invite_members(self, project_id: str, by: str, names: Iterable[str], role: Role) -> InvitedMembers:
        """Invite people by name, who are members once they join; each link works once. Raises NotFound: the project."""
        with self._database.write() as connection:
            records.get_project(connection, project_id)
            return members.invite_members(connection, project_id, by, names, role)

    def remove_member(self, project_id: str, name: str) -> int:
        """Remove a member; where the project is for members only, others get what they held. Returns how many solutions.

        Raises NotFound: the project, or the member.
        """
        with self._database.write() as connection:
            project = records.get_project(connection, project_id)
            members.remove_member(connection, project_id, name)
            return members.release_outsiders(connection, project)

    # ---- items ----

    def add_items(self, queue_id: str, selection: Selection) -> FillResult:
        """Add the selected solutions that are not in the queue yet, in the project's order.

        Raises NotFound, nothing added: the queue, or a run or solution named.
        """
        with self._database.write() as connection:
            return filling.add_items(connection, records.require_rules(connection, queue_id), selection)

    def preview_items(self, queue_id: str, selection: Selection) -> FillPreview:
        """Return what adding the selected solutions would do. Raises NotFound: the queue, or a run or solution named."""
        with self._database.read() as connection:
            return filling.preview_items(connection, records.require_rules(connection, queue_id), selection)

    def list_contents(self, queue_id: str) -> tuple[QueueContent, ...]:
        """Return what is in a queue, by data source and policy model, gold and quiz left out. Raises NotFound."""
        with self._database.read() as connection:
            return contents.list_contents(connection, records.require_rules(connection, queue_id).queue_id)

    def remove_unbegun(self, queue_id: str, data_source: str | None, policy_model: str) -> int:
        """Remove what nobody has begun of one source and policy; return how many. They stay in the store. Raises NotFound."""
        with self._database.write() as connection:
            rules = records.require_rules(connection, queue_id)
            return contents.remove_unbegun(connection, rules.queue_id, data_source, policy_model)

    def list_selected(self, selection: Selection) -> tuple[ProblemSolutions, ...]:
        """Return the selected solutions, problem by problem. Raises NotFound: a run, solution or queue named."""
        with self._database.read() as connection:
            return job_items.list_solutions(connection, selection)

    def count_left_out(self, selection: Selection | ProblemSelection) -> int:
        """Return how many solutions, or problems, of the built-in benchmark a selection leaves out, as it does not name it."""
        with self._database.read() as connection:
            return job_items.count_left_out(connection, selection)

    def list_problem_sets(self) -> tuple[ProblemGroup, ...]:
        """Return the data sources, and the projects, that have problems with reference answers."""
        with self._database.read() as connection:
            return job_items.list_problem_sets(connection)

    def list_problems(self, selection: ProblemSelection) -> tuple[str, ...]:
        """Return the ids of the selected problems. Raises NotFound: a problem or queue named."""
        with self._database.read() as connection:
            return job_items.list_problems(connection, selection)

    def list_answered(self, selection: ProblemSelection) -> tuple[tuple[str, ...], int]:
        """Return the ids of the selected problems that have a reference answer, and how many have none. Raises NotFound."""
        with self._database.read() as connection:
            return job_items.list_answered(connection, selection)

    def release_tasks(self, queue_id: str, annotator: str) -> int:
        """Give others what this person holds in a queue and has not finished, work sent back to them too; raises NotFound.

        Returns how many solutions that were. What they have labelled stays, and counts if they hand it in after all.
        """
        with self._database.write() as connection:
            return release_leases(connection, records.require_rules(connection, queue_id), annotator)

    def reorder_items(self, queue_id: str) -> int:
        """Reorder the tasks that nobody has begun, except the evaluation slice; return how many moved. Raises NotFound."""
        with self._database.write() as connection:
            return filling.reorder(connection, records.require_rules(connection, queue_id))

    # ---- gold and quiz ----

    def add_gold(self, queue_id: str, role: TaskRole, items: Sequence[GoldItem]) -> int:
        """Make solutions entry quiz or hidden gold tasks; return how many are new or changed. Raises NotFound, BadProject."""
        if role is TaskRole.LABEL:
            raise BadProject("Only gold and quiz tasks have known labels. Add others as items.")
        with self._database.write() as connection:
            records.require_rules(connection, queue_id)
            return gold.add_gold(connection, queue_id, role, items)

    def draw_gold(
        self, queue_id: str, role: TaskRole, count: int, sources: Sequence[str | None] | None = None
    ) -> tuple[str, ...]:
        """Make entry quiz or hidden gold tasks of solutions with known labels, drawn at random from some data sources.

        ``sources``: None among them is for solutions without one; None instead of them takes all but the built-in benchmark's.

        Returns their ids, at most ``count``. Raises NotFound: the queue; BadProject: none can be one, or somebody began one
        meanwhile.
        """
        if role is TaskRole.LABEL or count < 1:
            raise BadProject("At least one gold or quiz task has to be drawn.")
        with self._database.read() as connection:  # choosing takes time, in which others write
            records.require_rules(connection, queue_id)
            items = gold_candidates.choose_gold(connection, queue_id, role, count, sources)
        self.add_gold(queue_id, role, items)
        return tuple(each.solution_id for each in items)

    def list_gold_items(self, queue_id: str) -> GoldItems:
        """Return how many quiz and gold tasks a queue has, and where more can be drawn from. Raises NotFound: the queue."""
        with self._database.read() as connection:
            records.require_rules(connection, queue_id)
            return gold_candidates.list_gold_items(connection, queue_id)

    def measure_gold_accuracy(self, queue_id: str) -> tuple[AnnotatorAccuracy, ...]:
        """Return how well each person labelled a queue's gold items, by name; people who had none are left out."""
        with self._database.read() as connection:
            return gold.gold_accuracy(connection, queue_id)

    def list_quiz_results(self, project_id: str) -> tuple[QuizResult, ...]:
        """Return the result of everybody who finished the quiz, by name."""
        with self._database.read() as connection:
            return entry_quiz.results(connection, project_id)

    def list_quiz_answers(self, queue_id: str, annotator: str) -> tuple[QuizAnswer, ...]:
        """Return the quiz of a queue with what this person says of it now. Raises NotFound: the queue."""
        with self._database.read() as connection:
            return entry_quiz.answers(connection, records.require_rules(connection, queue_id), annotator)

    def reset_quiz(self, by: str, project_id: str, annotator: str) -> None:
        """Let a person take the quiz again, from blank. Raises NotFound where they have not finished it."""
        with self._database.write() as connection:
            again = entry_quiz.reset(connection, by, project_id, annotator)
            if not again:
                raise NotFound(f"{annotator!r} has no finished quiz in project {project_id!r}.")
            for queue_id, task_id in again:
                found = read_rules(connection, queue_id)
                reopening.send_back(connection, found, task_id, annotator, _AGAIN, blank=True)

    # ---- review: all raise NotFound where there is no such queue or split ----

    def list_splits(self, queue_id: str) -> tuple[ReviewSplit, ...]:
        """Return the splits of a queue in order; none where nothing is reviewed."""
        with self._database.read() as connection:
            return review.list_splits(connection, read_rules(connection, queue_id))

    def list_split_solutions(self, queue_id: str, number: int) -> frozenset[str]:
        """Return the ids of the solutions of a split, by its 0-based index; raises NotFound."""
        with self._database.read() as connection:
            return review.list_split_solutions(connection, records.require_rules(connection, queue_id), number)

    def list_splits_of_reviewer(self, queue_id: str, reviewer: str) -> ReviewerSplits:
        """Return the splits of a queue, and in which a reviewer can judge work, or end a round that is judged."""
        with self._database.read() as connection:
            return judgeable.list_splits_of_reviewer(connection, read_rules(connection, queue_id), reviewer)

    def list_sample(self, queue_id: str, number: int, reviewer: str | None = None) -> tuple[SampledWork, ...]:
        """Return the work to judge in a split, others' than the reviewer's where there is any; none before all is labelled."""
        with self._database.read() as connection:
            rules = read_rules(connection, queue_id)
            return review.list_sample(connection, rules, review.get_split(connection, rules, number), reviewer)

    def get_review_item(self, queue_id: str, number: int, task_id: str, reviewer: str | None = None) -> ReviewItem:
        """Return sampled work with all that its annotator said, and how it was judged the round before; raises NotFound."""
        with self._database.read() as connection:
            rules = read_rules(connection, queue_id)
            split = review.get_split(connection, rules, number)
            return review_item.get_item(connection, rules, split, task_id, reviewer)

    def add_verdict(self, queue_id: str, number: int, judgement: WorkJudgement) -> None:
        """Record a verdict on the work that the reviewer was shown; a later one replaces it.

        Raises:
            BadReview: it is not in the sample or the reviewer's own, it was changed or taken back since, the note is too long, or
                a step is questioned that cannot be.
        """
        with self._database.write() as connection:
            review.add_verdict(connection, read_rules(connection, queue_id), number, judgement)

    def accept_split(self, by: str, queue_id: str, number: int) -> None:
        """Accept a split whose whole sample was judged. Raises BadReview."""
        with self._database.write() as connection:
            review.accept_split(connection, read_rules(connection, queue_id), number, by)

    def send_back_split(self, by: str, queue_id: str, number: int, note: str) -> int:
        """Reopen everything in a split with a wrong verdict for its annotators; return how many solutions. Raises BadReview."""
        with self._database.write() as connection:
            return review.send_back_split(connection, read_rules(connection, queue_id), number, by, note)

    # ---- progress ----

    def get_progress(self, queue_id: str) -> LabellingProgress:
        """Return how far a queue is, who does how much of it and how fast. Raises NotFound."""
        with self._database.read() as connection:
            return queue_progress(connection, read_rules(connection, queue_id))

    def count_labels(self, queue_id: str) -> LabelStanding:
        """Return where the labels of a queue stand: done, in work, sent back, to do. Raises NotFound."""
        with self._database.read() as connection:
            return standing.count_labels(connection, read_rules(connection, queue_id))

    def list_ends(self, queue_id: str) -> tuple[tuple[str, datetime], ...]:
        """Return whose labels of a solution were finished when, the oldest first; those of gold and quiz are left out."""
        with self._database.read() as connection:
            return standing.list_ends(connection, queue_id)

    def count_sent_back(self, queue_id: str) -> Mapping[str, int]:
        """Return how many solutions were sent back to each person and are not submitted again."""
        with self._database.read() as connection:
            return standing.count_sent_back(connection, queue_id)

    def list_timed_work(self, queue_id: str) -> tuple[TimedWork, ...]:
        """Return how long each person took for the solutions that they labelled lately, the newest first."""
        with self._database.read() as connection:
            return standing.list_timed_work(connection, queue_id)
