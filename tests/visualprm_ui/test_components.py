"""The components' Python halves. Their JavaScript has unit tests of its own beside this file; see test_javascript.py."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import pytest

from visualprm_ui.components.app_bar import AppBar, Page
from visualprm_ui.components.picture import PictureInput
from visualprm_ui.components.runs_list import RunsList
from visualprm_ui.components.solution_board import SolutionBoard

UI = Path(__file__).parents[2] / "visualprm_ui"
IMAGE = {"sha": "ab" * 32, "width": 640, "height": 480}


@pytest.mark.parametrize("component", [AppBar(Page.EXPLORE), PictureInput(max_bytes=1), SolutionBoard(), RunsList()])
def test_templates_never_name_the_value(component: gr.HTML) -> None:
    """Gradio runs templates as JavaScript: a step text of ``${...}`` in one would be executed."""
    assert component.html_template == "<div class='vp-root'></div>"
    assert "value" not in component.js_on_load


def test_importing_components_writes_no_stub_files() -> None:
    """Gradio writes a .pyi beside every component module at import, which then hides the real annotations from mypy."""
    assert list(UI.rglob("*.pyi")) == []


@pytest.mark.parametrize("component", [PictureInput(max_bytes=5), SolutionBoard()])
def test_gradio_can_make_an_output_component_anew(component: gr.HTML) -> None:
    """A handler that skips an output makes Gradio call the class with its recorded arguments and ``render``."""
    again = type(component)(**{**component.constructor_args, "render": False})
    assert again.js_on_load == component.js_on_load
    assert again.props == component.props


def test_events_can_be_listened_to() -> None:
    assert callable(PictureInput(max_bytes=1).changed)
    with pytest.raises(AttributeError):
        _ = SolutionBoard().changed


@pytest.mark.parametrize(
    "payload", [None, {}, "x", {"sha": "../../etc/passwd", "width": 1, "height": 1}, {"sha": "ab" * 32}]
)
def test_a_picture_from_the_page_is_checked(payload: object) -> None:
    assert PictureInput(max_bytes=1).preprocess(payload) is None


def test_a_picture_keeps_hash_and_size_only() -> None:
    assert PictureInput(max_bytes=1).preprocess({**IMAGE, "path": "/etc/passwd"}) == IMAGE
    assert PictureInput(IMAGE, max_bytes=1).value == IMAGE


def test_a_picture_set_by_python_is_checked() -> None:
    with pytest.raises(ValueError, match="sha"):
        PictureInput({"path": "/x"}, max_bytes=1)


@pytest.mark.parametrize("empty", [None, {}])
def test_an_empty_board_holds_nothing(empty: object) -> None:
    assert SolutionBoard().postprocess(empty) is None


def test_a_board_takes_run_views_only() -> None:
    view = {"run": "r1", "state": "running"}
    assert SolutionBoard().postprocess(view) == view
    assert SolutionBoard().postprocess({"refusal": "No such run.", "more": 1}) == {"refusal": "No such run."}
    with pytest.raises(ValueError, match="known state"):
        SolutionBoard().postprocess({"run": "r1", "state": "odd"})
