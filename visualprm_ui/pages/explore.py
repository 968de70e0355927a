"""The Explore page: picture, question and settings on the left, solutions with a score on every step on the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr
from gradio.components import Component

from engine.domain import Problem
from visualprm_ui.access.identity import Identity
from visualprm_ui.components.app_bar import AppBar, Page
from visualprm_ui.components.example_list import ExampleList
from visualprm_ui.components.models_panel import ModelsPanel
from visualprm_ui.components.reference_note import ReferenceNote
from visualprm_ui.components.runs_list import RunsList
from visualprm_ui.components.solution_board import SolutionBoard
from visualprm_ui.pages.errors import with_error_messages
from visualprm_ui.pages.explore_form import (
    PROBLEM_FIELDS,
    Form,
    by_component,
    draw_problem_and_main_settings,
    draw_settings,
    problem_values,
    read_form,
    run_values,
)
from visualprm_ui.pages.run_subscriptions import RunSubscriptions
from visualprm_ui.use_cases.pictures import ImageRef, image_ref
from visualprm_ui.use_cases.sample_form import NO_QUESTION, clean_text
from visualprm_ui.use_cases.workbench import Workbench

VIEWERS = 64  # pages that follow a run at once; the engine, not this number, decides who computes
VIEWING: dict[str, Any] = {
    "concurrency_limit": VIEWERS,
    "concurrency_id": "viewers",
    "show_progress": "hidden",
    "api_visibility": "private",
}
# Gradio keeps a field's message until the form is sent again, even where the field was filled meanwhile, as by an example.
_CLOSE_MESSAGE = "() => document.querySelector('#vp-question .validation-error button')?.click()"
_PRIVATE: dict[str, Any] = {"api_visibility": "private"}


def build_explore(page: gr.Blocks, workbench: Workbench, examples: Sequence[Problem], identity: Identity) -> None:
    """Add the page's components, handlers and wiring to ``page``."""
    runs, problems = workbench.runs, workbench.problems
    # components
    form: Form = {}
    AppBar(Page.EXPLORE)
    with gr.Row(elem_classes="vp-page"):
        with gr.Column(elem_id="vp-form", scale=0):
            form |= draw_problem_and_main_settings()
            with gr.Row(elem_id="vp-actions"):
                sample = gr.Button("Sample & score", variant="primary", elem_id="vp-sample")
                stop = gr.Button("Stop", elem_id="vp-stop")
            form["reference_owner"] = ReferenceNote()
            with gr.Accordion("More settings", open=False, elem_id="vp-settings"):
                form |= draw_settings(main=False)
            if workbench.models is not None:
                ModelsPanel()
            form["problem_seed"] = gr.Number(None, precision=0, visible=False)
            example_list = ExampleList(examples, can_draw=workbench.problems.is_available)
            RunsList()
        with gr.Column(elem_id="vp-main"):
            board = SolutionBoard()
    subscriptions = RunSubscriptions()

    # handlers
    def as_picture(images: Sequence[str]) -> ImageRef | None:
        return image_ref(workbench.store.images, images[0]) if images else None

    def fill_problem(problem: Problem, seed: int | None = None) -> dict[Component, Any]:
        picture = as_picture(problem.images)
        return by_component(form, problem_values(picture, problem.question, problem.answer, seed))

    def check_question(question: str | None, **_: Any) -> dict[Component, Any]:
        return {form["question"]: gr.validate(bool(clean_text(question or "")), NO_QUESTION)}

    @with_error_messages
    def sample_and_score(request: gr.Request, **values: Any) -> Iterator[Any]:
        run_id = runs.start(read_form(values))
        yield from subscriptions.follow(request.session_hash, runs.follow(run_id))

    @with_error_messages
    def open_address(request: gr.Request) -> Iterator[Any]:
        run_id = dict(request.query_params).get("run")
        if not run_id:
            yield gr.skip()
            return
        view = runs.look_at(run_id, identity.authenticate(request.request))
        seed = problems.seed_of(view["problem"])
        filled = by_component(form, run_values(view, as_picture(view["images"]), seed))
        for view in subscriptions.follow(request.session_hash, runs.follow(run_id)):
            yield {board: view, **filled}
            filled = {}

    def choose_example(event: gr.EventData) -> dict[Component, Any]:
        return fill_problem(examples[int(event.index)])

    @with_error_messages
    def bring_back(event: gr.EventData, request: gr.Request) -> Iterator[dict[Component, Any]]:
        view = runs.look_at(str(event.run), identity.authenticate(request.request))
        yield by_component(form, run_values(view, as_picture(view["images"]), problems.seed_of(view["problem"])))

    @with_error_messages
    def draw_problem() -> Iterator[dict[Component, Any]]:
        yield fill_problem(*problems.draw())

    # wiring
    # "multiple": by default Gradio drops a press while the run of the one before is followed, and says nothing
    sample.click(
        sample_and_score,
        inputs_kwargs=form,
        outputs=board,
        validator=check_question,
        trigger_mode="multiple",
        **VIEWING,
    ).failure(None, js="() => window.VP.started()", api_visibility="private")
    form["question"].change(None, js=_CLOSE_MESSAGE, **_PRIVATE)
    keep_reference_with_its_problem(form)
    board.restored(bring_back, None, list(form.values()), show_progress="hidden", **_PRIVATE)
    stop.click(None, js="() => window.VP.stop()", api_visibility="private")
    page.load(open_address, None, [board, *form.values()], **VIEWING)
    problem_fields = [form[name] for name in PROBLEM_FIELDS]
    example_list.chosen(choose_example, None, problem_fields, queue=False, api_visibility="private")
    example_list.drawn(draw_problem, None, problem_fields, show_progress="hidden", api_visibility="private")


def keep_reference_with_its_problem(form: Form) -> None:
    """Let the reference answer go with its question or picture, at every key and without the server.

    See ``components/reference_note``.
    """
    reference, owner = form["reference"], form["reference_owner"]
    values = [form["question"], form["picture"], reference, owner]
    both = [reference, owner]
    for changed in (
        form["question"].change,
        form["picture"].changed,
        owner.moved,
    ):  # gr.on takes no component's own event
        changed(None, values, both, js="(...values) => window.VP.formChanged(...values)", **_PRIVATE)
    form["question"].blur(None, values, owner, js="(...values) => window.VP.questionLeft(...values)", **_PRIVATE)
    reference.change(None, values, owner, js="(...values) => window.VP.referenceChanged(...values)", **_PRIVATE)
    owner.restored(None, values, both, js="(...values) => window.VP.referenceBack(...values)", **_PRIVATE)
