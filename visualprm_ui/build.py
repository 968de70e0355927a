"""The app as a whole: pages, REST, static files and headers in one Gradio launch. Reads like a table of contents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from visualprm_ui.access.fair_turns import FairTurns
from visualprm_ui.access.gradio_events import GradioEvents
from visualprm_ui.access.gradio_routes import GradioErrors, GradioRoutes
from visualprm_ui.access.gradio_sessions import GradioSessions
from visualprm_ui.access.hub_sign_in import HubSignIn
from visualprm_ui.access.identity import Identity
from visualprm_ui.access.manifest_link import WithoutManifest
from visualprm_ui.access.plain_cookies import PlainCookies
from visualprm_ui.access.response_headers import ResponseHeaders
from visualprm_ui.access.site import Site
from visualprm_ui.api import build_api
from visualprm_ui.pages.account import account_routes
from visualprm_ui.pages.adjudicate import build_adjudicate
from visualprm_ui.pages.admin import build_admin
from visualprm_ui.pages.annotate import build_annotate
from visualprm_ui.pages.browser_files import BrowserFiles
from visualprm_ui.pages.dataset import build_dataset
from visualprm_ui.pages.evaluate import build_evaluate
from visualprm_ui.pages.explore import build_explore
from visualprm_ui.pages.gradio_theme import HEAD, build_theme
from visualprm_ui.pages.not_found import not_found_handler
from visualprm_ui.pages.quiet_blocks import QuietBlocks
from visualprm_ui.pages.review import build_review
from visualprm_ui.use_cases.examples import Examples
from visualprm_ui.use_cases.guideline import DOCS, PICTURES
from visualprm_ui.use_cases.workbench import Workbench

HERE = Path(__file__).parent
# Gradio keeps 50 kB of components for each session that ever was, up to 10,000. Ours hold no state of a person, so that one that
# was dropped is made anew without loss.
MOST_SESSIONS = 100
_NAMES = ("annotate", "review", "adjudicate", "dataset", "evaluate", "admin")
PAGES = ("/", *(f"/{name}{end}" for name in _NAMES for end in ("", "/")))


def build_ui(workbench: Workbench, examples: Examples, identity: Identity) -> gr.Blocks:
    """Return the pages. Serve them with ``launch(**launch_arguments(...))``."""
    with QuietBlocks(title="VisualPRM Workbench", analytics_enabled=False) as demo:
        build_explore(demo, workbench, examples, identity)
        if identity.is_hub:
            gr.LoginButton(visible=False)  # its presence makes Gradio serve login/huggingface and sign the session
    with demo.route("Annotate", "/annotate") as page:
        build_annotate(page)
    with demo.route("Review", "/review"):
        build_review()
    with demo.route("Adjudicate", "/adjudicate"):
        build_adjudicate()
    with demo.route("Dataset", "/dataset"):
        build_dataset()
    with demo.route("Evaluate", "/evaluate"):
        build_evaluate()
    with demo.route("Admin", "/admin"):
        build_admin()
    demo.queue(max_size=256)
    return demo


def launch_arguments(workbench: Workbench, identity: Identity, site: Site) -> dict[str, Any]:
    """Return what ``launch`` needs besides the address: our routes, middleware and theme, and Gradio's extras turned off."""
    return {
        "ssr_mode": False,
        "auth_dependency": identity.explorer_name,
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "mcp_server": False,  # it runs functions without calling auth_dependency (measured on 6.31)
        "show_error": False,
        "state_session_capacity": MOST_SESSIONS,
        "theme": build_theme(),
        "favicon_path": HERE / "assets" / "favicon.svg",
        "head": HEAD,
        "app_kwargs": {
            "routes": [
                Mount("/api", build_api(workbench, identity)),
                *static_routes(),
                *account_routes(identity),
                GradioRoutes(PAGES, is_hub=identity.is_hub),
            ],
            "middleware": [
                Middleware(PlainCookies),
                Middleware(FairTurns, is_stranger=identity.is_probably_stranger),
                Middleware(ResponseHeaders, identity=identity, site=site),
                Middleware(HubSignIn, identity=identity, signed_in=workbench.runs.give),
                Middleware(GZipMiddleware, minimum_size=1024, compresslevel=6),
                Middleware(WithoutManifest),
                Middleware(GradioErrors),
                Middleware(GradioEvents),
                Middleware(GradioSessions),
            ],
            "exception_handlers": {404: not_found_handler(identity)},
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
        },
    }


def static_routes() -> list[Mount]:
    """Return the routes of static files, which anybody may load."""
    return [
        Mount("/vp/assets", BrowserFiles(directory=HERE / "assets")),
        Mount("/vp/components", BrowserFiles(directory=HERE / "components")),
        Mount("/vp/guideline", StaticFiles(directory=DOCS / PICTURES)),
    ]
