"""The use cases of the app, without a widget in sight: start a run, follow it, stop it, label it, reveal, export.

Pages and REST call these and nothing below them. Errors a person can act on leave as ``InvalidRequest`` or as errors of the
store; everything else is a defect.
"""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from engine import Engine, EngineError, EngineState, EngineStatus, InvalidRequest
from engine.domain import LabelTask, Problem, Role, Run, RunState, Scoring
from engine.engine import NO_MODEL
from storage import NotSubmitted, Queue, QueueSummary, RunSummary, Selection, Store, StoredImage
from storage.formats import visualprocessbench
from storage.transfer.exporting import export_visualprocessbench
from storage.transfer.importing import ImportReport, import_visualprocessbench
from visualprm_ui.access.identity import Principal
from visualprm_ui.use_cases.dataset_upload import unpack
from visualprm_ui.use_cases.live_runs import LiveRuns
from visualprm_ui.use_cases.model_control import ModelControl
from visualprm_ui.use_cases.pictures import ImageRef
from visualprm_ui.use_cases.problem_source import ProblemSource, find_checker, problem_id, seed_of
from visualprm_ui.use_cases.run_progress import restore_progress, start_progress
from visualprm_ui.use_cases.run_view import RunView, as_run_view
from visualprm_ui.use_cases.sample_form import SampleForm, check_form, clean_text

DATA_SOURCE = "workbench"  # of problems that people typed in here
MAX_PROBLEM_SEED = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did to the store and to a project's queue."""

    report: ImportReport
    queued: int  # solutions added to the queue
    total: int  # tasks in the queue now


class Workbench:
    """Every use case, over one store and one engine; ``problem_source`` draws problems whose steps can be checked exactly.

    ``model_control`` changes the engine's models; without one they stay what they are.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        problem_source: ProblemSource | None = None,
        model_control: ModelControl | None = None,
    ) -> None:
        self.store = store
        self._engine = engine
        self._problem_source = problem_source
        self.model_control = model_control
        self._live = LiveRuns(store)

    # ---- the engine ----

    def status(self) -> EngineStatus:
        """Return whether the models are loading, ready or failed, and how many requests wait."""
        return self._engine.status()

    # ---- images ----

    def add_image(self, data: bytes) -> StoredImage:
        """Store an uploaded picture. Raises BadImage with a sentence for the person who chose it."""
        return self.store.images.add(data)

    def picture(self, sha: str) -> ImageRef:
        """Return a stored picture as every page wants it: hash and size in pixels. Raises NotFound."""
        width, height = self.store.images.size(sha)
        return {"sha": sha, "width": width, "height": height}

    # ---- runs ----

    def start_run(self, form: SampleForm) -> str:
        """Start sampling and scoring; return the run's id at once.

        Raises:
            InvalidRequest: something filled in cannot be used, or the models could not be loaded.
        """
        question = clean_text(form.question)
        answer = clean_text(form.answer or "") or None
        check_form(question, answer, form.sampling)
        if self._engine.status().state is EngineState.EMPTY:
            raise InvalidRequest(NO_MODEL)
        if form.image is None:
            raise InvalidRequest("Add an image first: drop one on the image box, paste it, or pick an example.")
        images = [self.store.images.open(form.image)]
        problem = self._drawn(form) or Problem(
            images=(form.image,), question=question, answer=answer, data_source=DATA_SOURCE
        )
        run = Run(problem_id=problem.id, sampling=form.sampling)
        self.store.runs.add_problem(problem)
        self.store.runs.add_run(run)
        try:
            progress = start_progress(run, problem, find_checker(self._problem_source, problem))
            self._live.start(progress, lambda: self._engine.solve(problem, images, form.sampling))
        except EngineError as error:
            self.store.runs.update_run(replace(run, state=RunState.FAILED, message=str(error)))
            raise InvalidRequest(str(error)) from error
        return run.id

    @property
    def can_draw(self) -> bool:
        """Whether :meth:`draw_problem` has a problem_source to draw from."""
        return self._problem_source is not None

    def problem_seed(self, problem: str) -> int | None:
        """Return the seed a problem of this id was drawn from, None when it was not drawn."""
        return seed_of(self._problem_source, problem)

    def draw_problem(self) -> tuple[Problem, int]:
        """Draw a problem at random and store its picture; return it with the seed it came from. Raises InvalidRequest."""
        if self._problem_source is None:
            raise InvalidRequest("The models that are loaded come without problems to draw.")
        seed = secrets.randbelow(MAX_PROBLEM_SEED)
        return self._problem_of(self._problem_source, seed), seed

    def _drawn(self, form: SampleForm) -> Problem | None:
        """Return the drawn problem that the form still shows as it was drawn, else None."""
        if self._problem_source is None or form.problem_seed is None:
            return None
        problem = self._problem_of(self._problem_source, form.problem_seed)
        shown = (form.image, clean_text(form.question), clean_text(form.answer or ""))
        return problem if shown == (problem.images[0], problem.question, problem.answer) else None

    def _problem_of(self, problem_source: ProblemSource, seed: int) -> Problem:
        drawn = problem_source.draw(seed)
        image = self.store.images.add(drawn.image)
        return Problem(
            id=problem_id(problem_source, seed),
            images=(image.sha,),
            question=drawn.question,
            answer=drawn.answer,
            data_source=problem_source.name,
        )

    def follow_run(self, run_id: str) -> Iterator[RunView]:
        """Yield the run as the page shows it, at every change until it ends; a finished run comes once."""
        live = self._live.get(run_id)
        if live is None:
            yield self.view_run(run_id)
        else:
            yield from live.follow()

    def view_run(self, run_id: str) -> RunView:
        """Return a run as the page shows it now. Raises NotFound."""
        live = self._live.get(run_id)
        if live is not None:
            return live.view()
        result = self.store.runs.get_run(run_id)
        check = find_checker(self._problem_source, result.problem)
        return as_run_view(restore_progress(result.run, result.problem, result.solutions, result.scorings, check))

    def sealed_runs(self, run_ids: Sequence[str], principal: Principal) -> frozenset[str]:
        """Return those of the runs whose scores would spoil this one's blind labels.

        Who may see other people's labels may see every run. A guest may be an annotator who is signed out, so a guest sees no
        run that anybody labels blind.
        """
        if principal.may(Role.REVIEWER):
            return frozenset()
        return self.store.labelling.blinded_runs(run_ids, None if principal.person is None else principal.name)

    def look_at_run(self, run_id: str, principal: Principal) -> None:
        """Record that this one sees the run's scores. Raises NotSubmitted where that would spoil their blind labels."""
        if self.sealed_runs([run_id], principal):
            raise NotSubmitted(
                "Solutions of this run wait for blind labels. Submit yours first, then look at the scores."
            )
        self.store.labelling.mark_run_seen(run_id, principal.name)

    def stop_run(self, run_id: str) -> bool:
        """Stop a run; what is finished stays. Return False when it had ended already."""
        live = self._live.get(run_id)
        if live is None:
            self.store.runs.get_run(run_id)  # NotFound for an address that never was a run
            return False
        live.stop()
        return True

    def list_runs(self, limit: int = 20, before: str | None = None) -> Sequence[RunSummary]:
        """Return earlier runs, newest first."""
        return self.store.runs.list_runs(limit=limit, before=before)

    # ---- labels ----

    def label_run(self, run_id: str) -> str:
        """Put a run's solutions in a queue and return its id; the same run keeps its queue. Raises NothingToLabel."""
        title = self.store.runs.get_run(run_id).problem.question.strip().split("\n")[0]
        return self.store.labelling.open_run_queue(run_id, title).id

    def list_queues(self, annotator: str) -> Sequence[QueueSummary]:
        """Return the queues with this person's progress."""
        return self.store.labelling.list_queues(annotator)

    def reveal(self, task_id: str, annotator: str) -> tuple[LabelTask, Scoring | None]:
        """Return a submitted task and its scoring. Raises NotSubmitted before submission."""
        scoring = self.store.labelling.reveal(task_id, annotator)
        return self.store.labelling.get_task(task_id, annotator), scoring

    # ---- people ----

    def display_name(self, name: str) -> str:
        """Return what pages show for the name on a label: a guest's or an import's own name as it is."""
        return self.store.accounts.get_display_names().get(name, name)

    # ---- projects ----

    def project_queue(self, project_id: str) -> Queue:
        """Return the queue that a project is filled through. Raises NotFound."""
        self.store.projects.get_project(project_id)
        return self.store.projects.list_queues(project_id)[0]

    def import_upload(self, project_id: str, folder: Path) -> Imported:
        """Import ``folder/upload``, a VisualProcessBench zip or its test.jsonl, and add its solutions to a project.

        Good lines are imported, bad ones are reported with their reason. Raises NotFound, BadFile.
        """
        queue = self.project_queue(project_id)
        report = import_visualprocessbench(self.store, unpack(folder / "upload", folder / "rows"))
        # a selection of no solutions would be a selection of all
        chosen = Selection(solutions=report.solutions) if report.solutions else None
        queued = 0 if chosen is None else self.store.projects.add_items(queue.id, chosen).added
        return Imported(report=report, queued=queued, total=queue.total + queued)

    # ---- export ----

    @contextmanager
    def export_archive(self, queue_id: str | None = None, *, evaluation: bool = False) -> Iterator[Path]:
        """Give a zip of ``test.jsonl`` and ``images/`` in the VisualProcessBench format; it is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="visualprm-export-") as folder:
            out = Path(folder) / visualprocessbench.NAME
            export_visualprocessbench(self.store, out, queue_id, evaluation=evaluation)
            yield Path(shutil.make_archive(str(out), "zip", out))


def add_examples(store: Store, folder: Path) -> Sequence[Problem]:
    """Store the pictures of a folder of example problems (``problems.jsonl``) and return the problems."""
    problems = []
    for line in (folder / "problems.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        image = store.images.add((folder / row["image"]).read_bytes())
        problems.append(Problem(images=(image.sha,), question=row["question"], answer=row["answer"]))
    return tuple(problems)
