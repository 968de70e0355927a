"""The form of Explore by name: what each field is called, how it is drawn, read, and filled in again from a stored run.

A field of ``Sampling`` is one entry of ``SETTINGS``. Knows Gradio and the use case that takes the form; knows no store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from engine import InvalidRequest
from engine.domain import Sampling
from engine.limits import FORM_LIMITS
from engine.outcomes.guided_search import BeamPlan
from visualprm_ui.api import MAX_UPLOAD
from visualprm_ui.components.picture import PictureInput
from visualprm_ui.components.reference_note import reference_owner
from visualprm_ui.components.search_choice import SearchChoice
from visualprm_ui.use_cases.pictures import ImageRef
from visualprm_ui.use_cases.run_view import RunView
from visualprm_ui.use_cases.sample_form import MAX_PICTURES, SampleForm, stop_texts

NAMES = FORM_LIMITS.names
PATHS, TRIES = "Paths kept", "Tries a step"
USUAL_PATHS = 2  # with the usual tries, as many in a step as there are solutions of a run: the same budget
Form = dict[str, Component]  # name of a field -> its component
Values = Mapping[str, Any]  # name of a field -> its value


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A field of ``Sampling`` on the form."""

    draw: Callable[[Any], Component]
    """Adds its component, given the default value."""
    read: Callable[[str, Any], Any]
    """Returns the value of ``Sampling``, given what messages call it and the component's value. Raises InvalidRequest."""
    show: Callable[[Any], Any] = lambda value: value
    """Returns the component's value, given the value of ``Sampling``."""


def _number(title: str, value: object) -> float:
    if value is None:
        raise InvalidRequest(f"{title} is empty; type a number.")
    try:
        return float(value) if isinstance(value, int | float) else float("nan")
    except OverflowError:
        return float("inf")  # a whole number of more than 308 digits: over every limit


def _whole(title: str, value: object) -> int:
    number = _number(title, value)
    if not number.is_integer():
        raise InvalidRequest(f"{title} is {str(value)[:40]}; type a whole number.")
    return value if isinstance(value, int) else int(number)  # a seed may have more digits than a float


# Numbers have neither limits nor rounding here: Gradio's own messages leave out the field's name, or it says nothing at all.
SETTINGS: dict[str, Setting] = {
    "n": Setting(
        draw=lambda default: gr.Number(default, label=NAMES["n"], min_width=60, elem_id="vp-n"),
        read=_whole,
    ),
    "temperature": Setting(
        draw=lambda default: gr.Number(default, label=NAMES["temperature"], step=0.1, min_width=60),
        read=_number,
    ),
    "seed": Setting(
        draw=lambda default: gr.Number(default, label=NAMES["seed"]),
        read=_whole,
    ),
    "max_new_tokens": Setting(
        draw=lambda default: gr.Number(default, label=NAMES["max_new_tokens"]),
        read=_whole,
    ),
    "top_p": Setting(
        draw=lambda default: gr.Number(default, step=0.05, label=NAMES["top_p"]),
        read=_number,
    ),
    "top_k": Setting(
        draw=lambda default: gr.Number(default, label=f"{NAMES['top_k']} (0 keeps all)"),
        read=_whole,
    ),
    "repetition_penalty": Setting(
        draw=lambda default: gr.Number(default, step=0.05, label=f"{NAMES['repetition_penalty']} (1 is none)"),
        read=_number,
    ),
    "stop": Setting(
        draw=lambda default: gr.Textbox(
            "\n".join(default),
            label=f"{NAMES['stop']} (one a line)",
            lines=2,
            max_lines=6,
            placeholder="A solution ends before the first of these.",
        ),
        read=lambda _, lines: stop_texts(lines or ""),
        show="\n".join,
    ),
}
PROBLEM_FIELDS = ("pictures", "question", "reference", "reference_owner", "problem_seed")
MAIN_SETTINGS = ("n", "temperature")  # the others are folded away


def draw_settings(*, main: bool) -> Form:
    """Add the components of the main settings, or of all others, with the defaults of ``Sampling``."""
    defaults = Sampling()
    return {
        name: setting.draw(getattr(defaults, name))
        for name, setting in SETTINGS.items()
        if (name in MAIN_SETTINGS) is main
    }


def draw_problem_and_main_settings(values: Values) -> Form:
    """Add the components of a problem with its values, and beside its reference answer those of the main settings."""
    form: Form = {"pictures": PictureInput(values.get("pictures", ()), max_bytes=MAX_UPLOAD, most=MAX_PICTURES)}
    with gr.Group(elem_classes="vp-card"):
        form["question"] = gr.Textbox(
            values.get("question"),
            label="Question",
            elem_id="vp-question",
            lines=2,
            max_lines=10,
            placeholder="What is asked? <image 1> names a picture, LaTeX between $ signs works.",
        )
        with gr.Row(elem_id="vp-main-settings"):
            form |= draw_settings(main=True)
            form["reference"] = gr.Textbox(
                values.get("reference"),
                label="Reference answer",
                lines=1,
                max_lines=1,
                placeholder="none",
                min_width=60,
            )
        form["search"] = SearchChoice(usual={"paths": USUAL_PATHS, "tries": BeamPlan().expansions})
    return form


def read_form(values: Values) -> SampleForm:
    """Return the form's values as the use case takes them. Raises InvalidRequest for an empty number, or one that is not whole."""
    problem_seed = values["problem_seed"]
    search = _read_search(values["search"])
    asked = values if search is None else {**values, "n": search.width}  # a search has no other number of solutions
    sampling = Sampling(**{name: setting.read(NAMES[name], asked[name]) for name, setting in SETTINGS.items()})
    return SampleForm(
        images=tuple(image["sha"] for image in values["pictures"]),
        question=values["question"] or "",
        answer=values["reference"] or None,
        sampling=sampling,
        search=search,
        problem_seed=None if problem_seed is None else int(problem_seed),
    )


def _read_search(chosen: Mapping[str, object] | None) -> BeamPlan | None:
    """Return the search that is chosen; None: independent solutions."""
    if chosen is None:
        return None
    paths, tries = (
        _whole(title, None if chosen.get(key) in ("", None) else chosen[key])
        for key, title in (("paths", PATHS), ("tries", TRIES))
    )
    return BeamPlan(width=paths, expansions=tries)


def problem_values(pictures: Sequence[ImageRef], question: str, reference: str | None, seed: int | None) -> Values:
    """Return the values of a problem, by name. ``seed``: see ``SampleForm.problem_seed``."""
    owner = reference_owner(question, [picture["sha"] for picture in pictures], reference)
    return dict(zip(PROBLEM_FIELDS, (list(pictures), question, reference or "", owner, seed), strict=True))


def run_values(view: RunView, pictures: Sequence[ImageRef], seed: int | None) -> Values:
    """Return the values that a run was started with, by name, from its RunView. ``seed``: see ``SampleForm.problem_seed``."""
    sampling: Values = view["sampling"]
    settings = {name: setting.show(sampling[name]) for name, setting in SETTINGS.items()}
    search = view["search"]
    settings["search"] = None
    if search is not None:
        settings |= {"n": Sampling().n, "search": {"paths": search["width"], "tries": search["expansions"]}}
    return {**problem_values(pictures, view["question"], view["reference"], seed), **settings}


def form_to_fill(form: Form, values: Values) -> dict[str, list[object]]:
    """Return, in the form's order and as a browser has it, what it was ``drawn`` with and the ``values`` of a run."""
    return {
        "drawn": [each.value for each in form.values()],
        "values": [each.postprocess(values[name]) for name, each in form.items()],
    }


def by_component(form: Form, values: Values) -> dict[Component, Any]:
    """Return values as Gradio takes them from a handler that fills some of its outputs."""
    return {form[name]: value for name, value in values.items()}
