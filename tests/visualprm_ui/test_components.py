"""The components' Python halves. Their JavaScript has unit tests of its own beside this file; see test_javascript.py."""

from __future__ import annotations

import re
from pathlib import Path

import gradio as gr
import pytest

from visualprm_ui.components.app_bar import AppBar, Page
from visualprm_ui.components.picture import PictureInput
from visualprm_ui.components.runs_list import RunsList
from visualprm_ui.components.search_choice import SearchChoice
from visualprm_ui.components.solution_board import SolutionBoard

UI = Path(__file__).parents[2] / "visualprm_ui"
IMAGE = {"sha": "ab" * 32, "width": 640, "height": 480}


@pytest.mark.parametrize(
    "component",
    [
        AppBar(Page.EXPLORE),
        PictureInput(max_bytes=1, most=8),
        SearchChoice(usual={"paths": 2, "tries": 4}),
        SolutionBoard(),
        RunsList(),
    ],
)
def test_templates_never_name_the_value(component: gr.HTML) -> None:
    """Gradio runs templates as JavaScript: a step text of ``${...}`` in one would be executed."""
    assert component.html_template == "<div class='vp-root'></div>"
    assert "value" not in component.js_on_load


def test_importing_components_writes_no_stub_files() -> None:
    """Gradio writes a .pyi beside every component module at import, which then hides the real annotations from mypy."""
    assert list(UI.rglob("*.pyi")) == []


@pytest.mark.parametrize(
    "component", [PictureInput(max_bytes=5, most=8), SearchChoice(usual={"paths": 2, "tries": 4}), SolutionBoard()]
)
def test_gradio_can_make_an_output_component_anew(component: gr.HTML) -> None:
    """A handler that skips an output makes Gradio call the class with its recorded arguments and ``render``."""
    again = type(component)(**{**component.constructor_args, "render": False})
    assert again.js_on_load == component.js_on_load
    assert again.props == component.props


def test_events_can_be_listened_to() -> None:
    assert callable(PictureInput(max_bytes=1, most=8).changed)
    with pytest.raises(AttributeError):
        _ = SolutionBoard().changed


@pytest.mark.parametrize(
    "payload",
    [None, [], IMAGE, "x", [{"sha": "../../etc/passwd", "width": 1, "height": 1}], [{"sha": "ab" * 32}, None]],
)
def test_pictures_from_the_page_are_checked(payload: object) -> None:
    assert PictureInput(max_bytes=1, most=8).preprocess(payload) == []


def test_a_picture_keeps_hash_and_size_only() -> None:
    assert PictureInput(max_bytes=1, most=8).preprocess([{**IMAGE, "path": "/etc/passwd"}]) == [IMAGE]
    assert PictureInput([IMAGE, IMAGE], max_bytes=1, most=8).value == [IMAGE, IMAGE]


@pytest.mark.parametrize("value", [{"path": "/x"}, IMAGE, [IMAGE, {"path": "/x"}]])
def test_pictures_set_by_python_are_checked(value: object) -> None:
    with pytest.raises(ValueError, match="sha"):
        PictureInput(value, max_bytes=1, most=8)


@pytest.mark.parametrize("independent", [None, "", 4, []])
def test_independent_solutions_are_what_gradio_makes_of_none(independent: object) -> None:
    """A page that was told None holds an empty text, which must not be a search without a number of tries."""
    choice = SearchChoice(usual={"paths": 2, "tries": 4})
    assert choice.preprocess(independent) is None
    assert choice.postprocess(None) is None
    typed = [{"paths": 2, "tries": 4}, {"paths": "", "tries": ""}]
    assert [choice.preprocess(choice.postprocess(each)) for each in typed] == typed
    assert choice.preprocess({"paths": 1}) == {"paths": 1, "tries": ""}


@pytest.mark.parametrize("empty", [None, {}])
def test_an_empty_board_holds_nothing(empty: object) -> None:
    assert SolutionBoard().postprocess(empty) is None


def test_a_board_takes_run_views_only() -> None:
    view = {"run": "r1", "state": "running"}
    assert SolutionBoard().postprocess(view) == view
    assert SolutionBoard().postprocess({"refusal": "No such run.", "more": 1}) == {"refusal": "No such run."}
    with pytest.raises(ValueError, match="known state"):
        SolutionBoard().postprocess({"run": "r1", "state": "odd"})


@pytest.mark.parametrize("room", ["dataset_board", "admin_board", "transfer_panel", "deletion"])
def test_the_fields_of_forms_are_drawn_in_one_place(room: str) -> None:
    """The frame of an input stood in five style sheets, with five heights. It is app.css's, for what has the class vp-fields."""
    assert ".vp-fields :where(select, textarea, input" in (UI / "assets/app.css").read_text(encoding="utf-8")
    for path in sorted((UI / "components" / room).glob("*.css")):
        for selector, rule in re.findall(r"([^{}]+)\{([^{}]*)\}", path.read_text(encoding="utf-8")):
            if re.search(r"\b(select|input|textarea)\b", selector):
                assert "border-radius" not in rule, f"{path.name}: {selector.strip()}"
