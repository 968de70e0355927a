"""The Explore page: picture, question and settings on the left, solutions with a score on every step on the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from engine import InvalidRequest
from engine.domain import Problem, Sampling
from visualprm_ui.access.identity import Identity
from visualprm_ui.api import MAX_UPLOAD
from visualprm_ui.components.app_bar import AppBar, Page
from visualprm_ui.components.example_list import ExampleList
from visualprm_ui.components.models_panel import ModelsPanel
from visualprm_ui.components.picture import Picture
from visualprm_ui.components.runs_list import RunsList
from visualprm_ui.components.solution_board import SolutionBoard
from visualprm_ui.pages.errors import with_error_messages
from visualprm_ui.pages.run_subscriptions import RunSubscriptions
from visualprm_ui.use_cases.workbench import (
    LEAST_PENALTY,
    MAX_N,
    MAX_NEW_TOKENS,
    MOST_PENALTY,
    NO_QUESTION,
    SampleForm,
    Workbench,
    clean_text,
    stop_texts,
)

VIEWERS = 64  # pages that follow a run at once; the engine, not this number, decides who computes
VIEWING: dict[str, Any] = {
    "concurrency_limit": VIEWERS,
    "concurrency_id": "viewers",
    "show_progress": "hidden",
    "api_visibility": "private",
}
# Gradio keeps a field's message until the form is sent again, even where the field was filled meanwhile, as by an example.
_CLOSE_MESSAGE = "() => document.querySelector('#vp-question .validation-error button')?.click()"
FORM_LENGTH = 12  # picture, question, reference, the eight sampling settings and the seed of a drawn problem


def build_explore(page: gr.Blocks, workbench: Workbench, examples: Sequence[Problem], identity: Identity) -> None:
    """Add the page's components, handlers and wiring to ``page``."""
    # components
    defaults = Sampling()
    AppBar(Page.EXPLORE)
    with gr.Row(elem_classes="vp-page"):
        with gr.Column(elem_id="vp-form", scale=0):
            picture = Picture(max_bytes=MAX_UPLOAD)
            with gr.Group(elem_classes="vp-card"):
                question = gr.Textbox(
                    label="Question",
                    elem_id="vp-question",
                    lines=3,
                    max_lines=10,
                    placeholder="What is asked about the image? LaTeX between $ signs works.",
                )
            with gr.Group(elem_classes="vp-card"):
                n = gr.Slider(1, MAX_N, value=defaults.n, step=1, label="Solutions")
                temperature = gr.Slider(0, 1.5, value=defaults.temperature, step=0.05, label="Temperature")
            with gr.Row(elem_id="vp-actions"):
                sample = gr.Button("Sample & score", variant="primary", elem_id="vp-sample")
                stop = gr.Button("Stop", elem_id="vp-stop")
            with gr.Accordion("Reference answer and settings", open=False, elem_id="vp-settings"):
                reference = gr.Textbox(label="Reference answer (optional)", lines=1, max_lines=1)
                more = _more_settings(defaults)
            if workbench.model_control is not None:
                ModelsPanel()
            problem_seed = gr.Number(None, precision=0, visible=False)
            example_list = ExampleList(examples, can_draw=workbench.can_draw)
            RunsList()
        with gr.Column(elem_id="vp-main"):
            board = SolutionBoard()
    form = [picture, question, reference, n, temperature, *more, problem_seed]
    subscriptions = RunSubscriptions()

    # handlers
    @with_error_messages
    def sample_and_score(request: gr.Request, *values: Any) -> Iterator[Any]:
        if subscriptions.is_repeated_press(request.session_hash, values):
            yield gr.skip()
            return
        run_id = workbench.start_run(as_request(values))
        yield from subscriptions.follow(request.session_hash, workbench.follow_run(run_id))

    @with_error_messages
    def open_address(request: gr.Request) -> Iterator[list[Any]]:
        run_id = dict(request.query_params).get("run")
        if not run_id:
            yield [gr.skip()] * (1 + FORM_LENGTH)
            return
        workbench.look_at_run(run_id, identity.authenticate(request.request))
        filled = as_form(workbench, workbench.view_run(run_id))
        for view in subscriptions.follow(request.session_hash, workbench.follow_run(run_id)):
            yield [view, *filled]
            filled = [gr.skip()] * FORM_LENGTH

    def choose_example(event: gr.EventData) -> list[Any]:
        problem = examples[int(event.index)]
        return [as_picture(workbench, problem.images), problem.question, problem.answer, None]

    @with_error_messages
    def draw_problem() -> Iterator[list[Any]]:
        drawn, seed = workbench.draw_problem()
        yield [as_picture(workbench, drawn.images), drawn.question, drawn.answer, seed]

    # wiring
    # "multiple": by default Gradio drops a press while the run of the one before is followed, and says nothing
    presses = [sample.click, question.submit]
    gr.on(presses, sample_and_score, form, board, validator=check_form, trigger_mode="multiple", **VIEWING)
    question.change(None, js=_CLOSE_MESSAGE, api_visibility="private")
    stop.click(None, js="() => window.VP.stop()", api_visibility="private")
    page.load(open_address, None, [board, *form], **VIEWING)
    problem = [picture, question, reference, problem_seed]
    example_list.chosen(choose_example, None, problem, queue=False, api_visibility="private")
    example_list.drawn(draw_problem, None, problem, show_progress="hidden", api_visibility="private")


def _more_settings(defaults: Sampling) -> list[gr.components.Component]:
    """Add the settings that few people change, in the order of the form."""
    # no limits and no rounding here: Gradio's own are said without the field's name, or not at all
    seed = gr.Number(defaults.seed, label="Seed")
    max_new_tokens = gr.Slider(16, MAX_NEW_TOKENS, value=defaults.max_new_tokens, step=16, label="Max new tokens")
    top_p = gr.Slider(0.05, 1, value=defaults.top_p, step=0.05, label="Top-p")
    top_k = gr.Slider(0, 200, value=defaults.top_k, step=1, label="Top-k (0 keeps all)")
    penalty = gr.Slider(
        LEAST_PENALTY,
        MOST_PENALTY,
        value=defaults.repetition_penalty,
        step=0.05,
        label="Repetition penalty (1 is none)",
    )
    stop_lines = gr.Textbox(
        label="Stop texts (one a line)",
        lines=2,
        max_lines=6,
        placeholder="A solution ends before the first of these.",
    )
    return [seed, max_new_tokens, top_p, top_k, penalty, stop_lines]


def check_form(*values: Any) -> list[dict[str, Any]]:
    """Return what Gradio says at each field of the form: only the question cannot be missing."""
    _picture, question, *others = values
    fine = gr.validate(True, "")
    return [fine, gr.validate(bool(clean_text(question or "")), NO_QUESTION), *[fine] * len(others)]


def as_request(values: Sequence[Any]) -> SampleForm:
    """Return what the form holds as the use case wants it. Raises InvalidRequest for no number, or one that is not whole."""
    picture, question, reference, *settings, problem_seed = values
    n, temperature, seed, max_new_tokens, top_p, top_k, penalty, stop_lines = settings
    return SampleForm(
        image=(picture or {}).get("sha"),
        question=question or "",
        answer=reference or None,
        sampling=Sampling(
            n=_whole("Solutions", n),
            temperature=_number("Temperature", temperature),
            top_p=_number("Top-p", top_p),
            top_k=_whole("Top-k", top_k),
            seed=_whole("Seed", seed),
            max_new_tokens=_whole("Max new tokens", max_new_tokens),
            repetition_penalty=_number("Repetition penalty", penalty),
            stop=stop_texts(stop_lines or ""),
        ),
        problem_seed=None if problem_seed is None else int(problem_seed),
    )


def _number(name: str, value: float | None) -> float:
    if value is None:
        raise InvalidRequest(f"{name} is empty; type a number.")
    return float(value)


def _whole(name: str, value: float | None) -> int:
    if not _number(name, value).is_integer():
        raise InvalidRequest(f"{name} is {value}; type a whole number.")
    return int(value or 0)


def as_picture(workbench: Workbench, images: Sequence[str]) -> dict[str, Any] | None:
    """Return the first image of a problem as the picture component holds it."""
    return workbench.picture(images[0]) if images else None


def as_form(workbench: Workbench, view: dict[str, Any]) -> list[Any]:
    """Return the form's values for a run, in the order of the form."""
    sampling = view["sampling"]
    names = ("n", "temperature", "seed", "max_new_tokens", "top_p", "top_k", "repetition_penalty")
    settings = [*(sampling[name] for name in names), "\n".join(sampling["stop"])]
    picture = as_picture(workbench, view["images"])
    return [picture, view["question"], view["reference"] or "", *settings, workbench.problem_seed(view["problem"])]
