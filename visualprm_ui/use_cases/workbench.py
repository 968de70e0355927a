"""Workbench: the use cases of one app, over one store and one engine. Holds no rule of its own.

Pages and REST take from it the use case or the repository that they need.
"""

from __future__ import annotations

from engine import Engine
from storage import Store
from storage.transfer.job_folder import JobFolder
from visualprm_ui.use_cases.branch_control import BranchControl
from visualprm_ui.use_cases.dataset_transfer import DatasetTransfer
from visualprm_ui.use_cases.deletion import Deletion
from visualprm_ui.use_cases.evaluations.jobs import EvaluationJobs
from visualprm_ui.use_cases.evaluations.monte_carlo_labels import MonteCarloLabels
from visualprm_ui.use_cases.evaluations.nano_benchmark import NanoBenchmark
from visualprm_ui.use_cases.evaluations.pool_additions import PoolAdditions
from visualprm_ui.use_cases.evaluations.pool_reading import EvaluationPools
from visualprm_ui.use_cases.evaluations.score_calibrations import ScoreCalibrations
from visualprm_ui.use_cases.evaluations.step_benchmarks import StepBenchmarks
from visualprm_ui.use_cases.export_jobs import ExportJobs
from visualprm_ui.use_cases.hub_pushes import HubPushes
from visualprm_ui.use_cases.import_jobs import ImportJobs
from visualprm_ui.use_cases.model_control import ModelControl
from visualprm_ui.use_cases.model_jobs import ModelJobs
from visualprm_ui.use_cases.problem_drawing import ProblemDrawing
from visualprm_ui.use_cases.problem_source import ProblemSource
from visualprm_ui.use_cases.project_progress import ProjectReports
from visualprm_ui.use_cases.run_control import RunControl
from visualprm_ui.use_cases.transfer_jobs import TransferJobs


class Workbench:
    """What the app is made of.

    ``models``: changes the engine's models; None: they stay what they are.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        problem_source: ProblemSource | None = None,
        models: ModelControl | None = None,
    ) -> None:
        self.store = store
        self.engine = engine
        self.models = models
        self.problems = ProblemDrawing(store.images, problem_source)
        self.runs = RunControl(engine, store.runs, store.labelling, store.images, store.image_access, self.problems)
        self.branches = BranchControl(engine, store.runs, self.runs, self.problems)
        self.transfer = DatasetTransfer(store)
        self.deletion = Deletion(store, self.runs.branches)
        self.project_reports = ProjectReports(store)
        jobs = JobFolder(store.data_dir / "transfers")
        self.jobs = TransferJobs(jobs)
        self.model_jobs = ModelJobs(store, engine)
        self.nano_benchmark = NanoBenchmark(store, problem_source)
        self.evaluations = EvaluationJobs(store, engine, self.nano_benchmark)
        self.step_benchmarks = StepBenchmarks(store, self.evaluations)
        self.monte_carlo_labels = MonteCarloLabels(store)
        self.score_calibrations = ScoreCalibrations(store)
        self.evaluation_pools = EvaluationPools(self.evaluations, store, engine)
        self.pool_additions = PoolAdditions(self.evaluations, engine)
        self.imports = ImportJobs(store, jobs, self.jobs, self.model_jobs)
        self.exports = ExportJobs(store, jobs, self.jobs)
        self.hub_pushes = HubPushes(self.exports)
        self.jobs.resume()
        self.model_jobs.take_up()
        self.evaluations.take_up()

    def close(self) -> None:
        """Stop what works in the background; it goes on when the app is started again. The store stays open."""
        self.jobs.close()
        self.model_jobs.close()
        self.evaluations.close()
