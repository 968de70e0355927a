"""REST beside the pages: one application mounted at ``/api``, one module per noun. Reads like a table of contents.

Every write needs the header ``X-VP: 1``; every route declares who may use it; every error is ``{"error": one sentence}``.
Knows the principal of a request, the use cases and the repositories. docs/api.md documents the JSON.
"""

from fastapi import FastAPI

from visualprm_ui.access.identity import Identity
from visualprm_ui.api.access import describe_access
from visualprm_ui.api.account import add_account, add_sign_in
from visualprm_ui.api.adjudication import add_adjudication
from visualprm_ui.api.agreement import add_agreement
from visualprm_ui.api.branches import add_branches
from visualprm_ui.api.comparisons import add_comparisons
from visualprm_ui.api.dataset import add_dataset
from visualprm_ui.api.deletion import add_deletion
from visualprm_ui.api.docs_page import add_docs_page
from visualprm_ui.api.entry_quiz import add_entry_quiz
from visualprm_ui.api.evaluation_pools import add_evaluation_pools, add_pool_additions, add_pool_files, add_problem_sets
from visualprm_ui.api.evaluation_views import EvaluationCommands
from visualprm_ui.api.evaluations import add_evaluations, add_single_evaluations
from visualprm_ui.api.exports import add_exports
from visualprm_ui.api.feed import add_feed
from visualprm_ui.api.hub_pushes import add_hub_pushes
from visualprm_ui.api.images import MAX_UPLOAD, add_images
from visualprm_ui.api.imports import add_import_reports, add_imports
from visualprm_ui.api.labels import add_labels, add_tasks
from visualprm_ui.api.members import add_members
from visualprm_ui.api.model_jobs import add_model_job_ends, add_model_jobs
from visualprm_ui.api.models import add_models
from visualprm_ui.api.monte_carlo_labels import add_monte_carlo_labels
from visualprm_ui.api.people import add_log, add_people
from visualprm_ui.api.pool_comparisons import add_pool_comparisons
from visualprm_ui.api.project_deletion import add_project_deletion
from visualprm_ui.api.project_guideline import add_project_guideline
from visualprm_ui.api.project_items import add_contents, add_gold_items, add_items
from visualprm_ui.api.project_progress import add_project_progress
from visualprm_ui.api.projects import add_projects
from visualprm_ui.api.requests import REFUSALS, RequestChecks, add_errors
from visualprm_ui.api.review import add_review, add_splits, add_verdicts
from visualprm_ui.api.runs import add_beside, add_runs, add_status
from visualprm_ui.api.score_calibrations import add_score_calibrations
from visualprm_ui.api.sharing import add_sharing
from visualprm_ui.api.solution_list import add_solution_list
from visualprm_ui.api.solutions import add_history, add_solutions
from visualprm_ui.api.statuses import describe_statuses
from visualprm_ui.api.step_benchmarks import add_step_benchmark_files, add_step_benchmarks
from visualprm_ui.api.waiting import add_waiting
from visualprm_ui.use_cases.evaluations.pool_comparison import PoolComparisons
from visualprm_ui.use_cases.workbench import Workbench

__all__ = ["MAX_UPLOAD", "build_api"]


def build_api(workbench: Workbench, identity: Identity) -> FastAPI:
    """Return the REST application."""
    api = FastAPI(
        title="VisualPRM Workbench", docs_url=None, redoc_url=None, openapi_url="/openapi.json", responses=REFUSALS
    )
    api.state.identity = identity  # read by the principals of visualprm_ui/api/access.py
    store = workbench.store
    add_errors(api)
    api.add_middleware(RequestChecks, is_stranger=lambda request: identity.authenticate(request).role is None)
    add_status(api, workbench.engine, store.accounts)
    add_runs(api, workbench.runs)
    add_beside(api, workbench.runs)
    add_branches(api, workbench.branches)
    add_sharing(api, workbench.runs, identity)
    add_images(api, store.images, store.image_access)
    add_deletion(api, workbench.deletion)
    add_tasks(api, store.labelling, store.images, store.accounts)
    add_labels(api, store.labelling, store.data_dir)
    add_dataset(api, store.results, workbench.transfer)
    add_exports(api, workbench.exports, store.results)
    add_hub_pushes(api, workbench.hub_pushes)
    add_imports(api, workbench.imports)
    add_import_reports(api, workbench.imports, store.command_options)
    add_model_jobs(api, workbench.model_jobs, workbench.imports)
    add_model_job_ends(api, workbench.model_jobs)
    commands = EvaluationCommands(workbench.evaluations, store.data_dir, workbench.models)
    add_evaluations(api, workbench.evaluations, store.results, workbench.nano_benchmark, commands)
    add_problem_sets(api, store.projects, workbench.nano_benchmark)
    add_single_evaluations(api, workbench.evaluations)
    add_evaluation_pools(api, workbench.evaluation_pools)
    add_pool_additions(api, workbench.pool_additions)
    add_pool_files(api, workbench.evaluation_pools)
    add_step_benchmarks(api, workbench.step_benchmarks, commands)
    add_step_benchmark_files(api, workbench.step_benchmarks, commands)
    add_comparisons(api, workbench.step_benchmarks, commands)
    add_pool_comparisons(api, PoolComparisons(workbench.evaluations, workbench.evaluation_pools))
    add_monte_carlo_labels(api, workbench.monte_carlo_labels, workbench.step_benchmarks)
    add_score_calibrations(api, workbench.score_calibrations, commands)
    add_solution_list(api, store.results, store.labelling, store.accounts)
    add_solutions(api, store.results, store.labelling, store.accounts, store.images)
    add_history(api, store.results, store.accounts)
    add_adjudication(api, store.results, store.labelling, store.accounts, store.images)
    add_agreement(api, store.results, store.projects, store.runs, store.labelling, store.accounts)
    add_splits(api, store.projects, store.accounts)
    add_review(api, store.projects, store.results, store.labelling, store.accounts, store.images)
    add_verdicts(api, store.projects)
    add_waiting(api, store.projects, store.results)
    add_projects(api, store.projects, store.data_dir)
    add_items(api, store.projects, workbench.transfer)
    add_gold_items(api, store.projects)
    add_contents(api, store.projects)
    add_project_guideline(api, store.projects, store.accounts, store.data_dir)
    add_entry_quiz(api, store.projects, store.accounts, store.runs)
    add_members(api, store.projects)
    add_project_progress(api, workbench.project_reports, store.projects, store.accounts, store.runs)
    add_project_deletion(api, workbench.project_reports, store.projects)
    add_feed(api, store.results, store.labelling)
    add_sign_in(api, store.accounts, workbench.runs, identity.session_cookie)
    add_account(api, store.accounts, identity.session_cookie)
    add_people(api, store.accounts)
    add_log(api, store.accounts)
    if workbench.models is not None:
        add_models(api, workbench.models)
    add_docs_page(api)
    describe_access(api)
    describe_statuses(api)
    return api
