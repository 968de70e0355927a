"""REST beside the pages: one application mounted at ``/api``, one module per noun. Reads like a table of contents.

Every write needs the header ``X-VP: 1``; every route declares who may use it; every error is ``{"error": one sentence}``.
Knows the principal of a request, the use cases and the repositories. docs/api.md documents the JSON.
"""

from fastapi import FastAPI

from visualprm_ui.access.identity import Identity
from visualprm_ui.api.access import describe_access
from visualprm_ui.api.account import add_account, add_sign_in
from visualprm_ui.api.agreement import add_agreement
from visualprm_ui.api.dataset import add_dataset
from visualprm_ui.api.deletion import add_deletion
from visualprm_ui.api.docs_page import add_docs_page
from visualprm_ui.api.exports import add_exports
from visualprm_ui.api.feed import add_feed
from visualprm_ui.api.images import MAX_UPLOAD, add_images
from visualprm_ui.api.imports import add_import_reports, add_imports
from visualprm_ui.api.labels import add_labels, add_tasks
from visualprm_ui.api.members import add_members
from visualprm_ui.api.model_jobs import add_model_job_ends, add_model_jobs
from visualprm_ui.api.models import add_models
from visualprm_ui.api.people import add_log, add_people
from visualprm_ui.api.projects import add_items, add_projects
from visualprm_ui.api.requests import REFUSALS, add_errors, add_request_checks
from visualprm_ui.api.review import add_review
from visualprm_ui.api.runs import add_runs, add_status
from visualprm_ui.api.samplings import add_samplings
from visualprm_ui.api.sharing import add_sharing
from visualprm_ui.api.solution_list import add_solution_list
from visualprm_ui.api.solutions import add_decisions, add_solutions
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
    add_request_checks(api, lambda request: identity.authenticate(request).role is None)
    add_status(api, workbench.engine, store.accounts)
    add_runs(api, workbench.runs)
    add_sharing(api, workbench.runs, identity)
    add_images(api, store.images, store.image_access)
    add_deletion(api, workbench.deletion)
    add_tasks(api, store.labelling, store.images)
    add_labels(api, store.labelling, store.data_dir)
    add_dataset(api, store.results, workbench.transfer)
    add_exports(api, workbench.exports)
    add_imports(api, workbench.imports)
    add_samplings(api, workbench.samplings)
    add_import_reports(api, workbench.imports)
    add_model_jobs(api, workbench.model_jobs, workbench.imports)
    add_model_job_ends(api, workbench.model_jobs)
    add_solution_list(api, store.results, store.labelling, store.accounts)
    add_solutions(api, store.results, store.labelling, store.accounts, store.images)
    add_decisions(api, store.results, store.accounts)
    add_agreement(api, store.results, store.projects, store.runs, store.labelling)
    add_review(api, store.projects, store.results, store.accounts)
    add_projects(api, store.projects, store.data_dir)
    add_items(api, store.projects, workbench.transfer)
    add_members(api, store.projects)
    add_feed(api, store.results, store.labelling)
    add_sign_in(api, store.accounts, store.runs, identity.session_cookie)
    add_account(api, store.accounts, identity.session_cookie)
    add_people(api, store.accounts)
    add_log(api, store.accounts)
    if workbench.models is not None:
        add_models(api, workbench.models)
    add_docs_page(api)
    describe_access(api)
    return api
