"""The Explore page: pictures, question and settings on the left, solutions with a score on every step on the right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.components import Component

from engine import InvalidRequest
from engine.domain import Problem
from storage import NotFound, NotSubmitted
from visualprm_ui.access.gradio_routes import NO_PAGE
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
    Values,
    by_component,
    draw_problem_and_main_settings,
    draw_settings,
    form_to_fill,
    problem_values,
    read_form,
    run_values,
)
from visualprm_ui.pages.run_subscriptions import RunSubscriptions
from visualprm_ui.use_cases.examples import EXAMPLE_RUN, Examples
from visualprm_ui.use_cases.pictures import image_refs
from visualprm_ui.use_cases.run_view import RunView
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
# What the address asks for is on the board by now, or nothing was: see the board's mount.js, which may come later.
_OPENED = "() => { window.VP = { ...window.VP, isOpened: true }; window.dispatchEvent(new Event('vp-opened')); }"
_PRIVATE: dict[str, Any] = {"api_visibility": "private"}


def build_explore(page: gr.Blocks, workbench: Workbench, examples: Examples, identity: Identity) -> None:
    """Add the page's components, handlers and wiring to ``page``."""
    runs = workbench.runs
    # components
    form: Form = {}
    first = {} if examples.shown is None else example_fields(workbench, examples, examples.shown)
    AppBar(Page.EXPLORE)
    with gr.Row(elem_classes="vp-page"):
        with gr.Column(elem_id="vp-form", scale=0):
            form |= draw_problem_and_main_settings(first)
            with gr.Row(elem_id="vp-actions"):
                sample = gr.Button("Sample & score", variant="primary", elem_id="vp-sample")
                stop = gr.Button("Stop", elem_id="vp-stop")
            form["reference_owner"] = ReferenceNote(first.get("reference_owner"))
            example_list = ExampleList(examples.problems, can_draw=workbench.problems.is_available)
            with gr.Accordion("More settings", open=False, elem_id="vp-settings"):
                form |= draw_settings(main=False)
            if workbench.models is not None:
                ModelsPanel()
            form["problem_seed"] = gr.Number(first.get("problem_seed"), precision=0, visible=False)
            RunsList()
        with gr.Column(elem_id="vp-main"):
            board = SolutionBoard(examples.run)
    subscriptions = RunSubscriptions()

    # handlers
    def follow(request: gr.Request, run_id: str) -> Iterator[Any]:
        for view in subscriptions.follow(request.session_hash, runs.follow(run_id)):
            yield {board: view}

    def start(request: gr.Request, values: Values) -> str:
        return runs.start(read_form(values), identity.authenticate(request.request))

    def check_question(question: str | None, **_: Any) -> dict[Component, Any]:
        return {form["question"]: gr.validate(bool(clean_text(question or "")), NO_QUESTION)}

    @with_error_messages
    def sample_and_score(request: gr.Request, **values: Any) -> Iterator[Any]:
        yield from follow(request, start(request, values))

    @with_error_messages
    def open_address(request: gr.Request) -> Iterator[Any]:
        principal = identity.authenticate(request.request)
        addressed = dict(request.query_params).get("run")
        run_id = addressed or runs.newest_of(principal)
        if not run_id or run_id == EXAMPLE_RUN:
            yield gr.skip()
            return
        try:
            view = runs.look_at(run_id, principal)
        except (NotFound, NotSubmitted) as error:
            yield {board: {"refusal": str(error)}}
            return
        opens_by_itself = not addressed and examples.run is not None
        beside = {"form": form_to_fill(form, run_fields(workbench, view)), "is_newest": opens_by_itself}
        for update in follow(request, run_id):
            yield {board: {**update[board], **beside}}

    @with_error_messages
    def run_example(request: gr.Request, event: gr.EventData, **values: Any) -> Iterator[Any]:
        filled = example_fields(workbench, examples, chosen_example(examples, sent_with(event, "index")))
        yield from fill_and_run(request, filled, values)

    @with_error_messages
    def run_drawn(request: gr.Request, **values: Any) -> Iterator[Any]:
        yield from fill_and_run(request, problem_fields(workbench, *workbench.problems.draw()), values)

    def fill_and_run(request: gr.Request, filled: Values, values: Values) -> Iterator[Any]:
        yield {**by_component(form, filled), board: gr.skip()}
        yield from follow(request, start(request, {**values, **filled}))

    @with_error_messages
    def bring_back(event: gr.EventData, request: gr.Request) -> Iterator[dict[Component, Any]]:
        view = runs.look_at(chosen_run(sent_with(event, "run")), identity.authenticate(request.request))
        yield by_component(form, run_fields(workbench, view))

    # wiring
    # "multiple": by default Gradio drops a press while the run of the one before is followed, and says nothing
    pressed = {"outputs": board, "validator": check_question, "trigger_mode": "multiple", **VIEWING}
    sample.click(sample_and_score, inputs_kwargs=form, **pressed).failure(
        None, js="() => window.VP?.started?.()", api_visibility="private"
    )
    form["question"].change(None, js=_CLOSE_MESSAGE, **_PRIVATE)
    keep_reference_with_its_problem(form)
    board.restored(bring_back, None, list(form.values()), show_progress="hidden", **_PRIVATE)
    stop.click(None, js="() => window.VP?.stop?.()", api_visibility="private")
    fields = list(form.values())
    board.opened(None, fields, fields, js=_if_there("openedForm", "v"), **_PRIVATE)
    page.load(open_address, None, board, **VIEWING).then(None, js=_OPENED, **_PRIVATE)
    running: dict[str, Any] = {"outputs": [board, *(form[name] for name in PROBLEM_FIELDS)], "trigger_mode": "multiple"}
    example_list.chosen(run_example, inputs_kwargs=form, **running, **VIEWING)
    example_list.drawn(run_drawn, inputs_kwargs=form, **running, **VIEWING)


def problem_fields(workbench: Workbench, problem: Problem, seed: int | None = None) -> Values:
    """Return the form's values of a problem. ``seed``: see ``SampleForm.problem_seed``."""
    return problem_values(image_refs(workbench.store.images, problem.images), problem.question, problem.answer, seed)


def run_fields(workbench: Workbench, view: RunView) -> Values:
    """Return the form's values that a run was started with."""
    pictures = image_refs(workbench.store.images, view["images"])
    return run_values(view, pictures, workbench.problems.seed_of(view["problem"]))


def sent_with(event: gr.EventData, name: str) -> object:
    """Return what a component of ours sent with its event. Raises InvalidRequest where there is no such thing."""
    try:
        return getattr(event, name)
    except (AttributeError, TypeError) as error:  # what EventData raises for another name, and for no data
        raise InvalidRequest(NO_PAGE) from error


def example_fields(workbench: Workbench, examples: Examples, index: int) -> Values:
    """Return the form's values of an example."""
    return problem_fields(workbench, examples.problems[index], examples.seeds[index])


def chosen_example(examples: Examples, index: object) -> int:
    """Return the number of an example that was chosen. Raises InvalidRequest."""
    if not isinstance(index, int) or not 0 <= index < len(examples.problems):
        raise InvalidRequest(NO_PAGE)
    return index


def chosen_run(run: object) -> str:
    """Return the id of a run. Raises InvalidRequest for what can be none, such as half a pair of surrogates."""
    if not isinstance(run, str) or not run.isascii():
        raise InvalidRequest(NO_PAGE)
    return run


def keep_reference_with_its_problem(form: Form) -> None:
    """Let the reference answer go with its question or pictures, at every key and without the server.

    See ``components/reference_note``, which makes up for what changed before its script came.
    """
    reference, owner = form["reference"], form["reference_owner"]
    values = [form["question"], form["pictures"], reference, owner]
    both = [reference, owner]
    for changed in (
        form["question"].change,
        form["pictures"].changed,
        owner.moved,
    ):  # gr.on takes no component's own event
        changed(None, values, both, js=_if_there("formChanged", "v.slice(2)"), **_PRIVATE)
    form["question"].blur(None, values, owner, js=_if_there("questionLeft", "v[3]"), **_PRIVATE)
    reference.change(None, values, owner, js=_if_there("referenceChanged", "v[3]"), **_PRIVATE)
    owner.restored(None, values, both, js=_if_there("referenceBack", "v.slice(2)"), **_PRIVATE)


def _if_there(function: str, otherwise: str) -> str:
    """Return the JavaScript that calls a function of a component, or leaves things as they are until its script has come.

    Gradio writes "Error" across the field where one fails.
    """
    return f"(...v) => window.VP?.{function} ? VP.{function}(...v) : {otherwise}"
