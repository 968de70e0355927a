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
from visualprm_ui.api.docs_page import add_docs_page
from visualprm_ui.api.feed import add_feed
from visualprm_ui.api.images import MAX_UPLOAD, add_images
from visualprm_ui.api.labels import add_labels, add_tasks
from visualprm_ui.api.models import add_models
from visualprm_ui.api.people import add_people
from visualprm_ui.api.projects import add_items, add_projects
from visualprm_ui.api.requests import add_errors, add_request_checks
from visualprm_ui.api.review import add_review
from visualprm_ui.api.runs import add_runs
from visualprm_ui.api.solutions import add_decisions, add_solutions
from visualprm_ui.use_cases.workbench import Workbench

__all__ = ["MAX_UPLOAD", "build_api"]


def build_api(workbench: Workbench, identity: Identity) -> FastAPI:
    """Return the REST application."""
    api = FastAPI(title="VisualPRM Workbench", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    api.state.identity = identity
    api.state.store = workbench.store
    add_errors(api)
    add_request_checks(api)
    add_runs(api, workbench)
    add_images(api, workbench)
    add_tasks(api, workbench)
    add_labels(api, workbench)
    add_dataset(api, workbench)
    add_solutions(api, workbench)
    add_decisions(api, workbench)
    add_agreement(api, workbench)
    add_review(api, workbench)
    add_projects(api, workbench)
    add_items(api, workbench)
    add_feed(api, workbench)
    add_sign_in(api, workbench)
    add_account(api, workbench)
    add_people(api, workbench)
    if workbench.model_control is not None:
        add_models(api, workbench.model_control)
    add_docs_page(api)
    describe_access(api)
    return api
