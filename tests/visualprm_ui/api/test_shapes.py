import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import get_type_hints

from fastapi.routing import APIRoute
from starlette.responses import Response
from typing_extensions import is_typeddict

import visualprm_ui.api.shapes as shapes_package
import visualprm_ui.build
from engine.domain import ProjectOptions
from visualprm_ui.api import build_api
from visualprm_ui.api.shapes.projects import ProjectOptionsView
from visualprm_ui.use_cases import model_control, run_view


def test_every_answer_has_a_shape(workbench, identity):
    """Docs, JavaScript and the description of the API can follow a shape; a dict that a route makes up they cannot."""
    routes = [route for route in build_api(workbench, identity).routes if isinstance(route, APIRoute)]
    assert len(routes) > 40
    plain = [route.path for route in routes if not is_shape(get_type_hints(route.endpoint)["return"])]
    assert plain == []


def is_shape(answer):
    return is_typeddict(answer) or (isinstance(answer, type) and issubclass(answer, Response))


def test_the_options_of_a_project_are_served_whole():
    assert get_type_hints(ProjectOptionsView) == get_type_hints(ProjectOptions)


def test_pages_read_no_field_that_rest_does_not_send():
    """Each interface of api.d.ts that has the name of a shape has none but its fields."""
    shapes = {name.removesuffix("View"): set(get_type_hints(shape)) for name, shape in read_shapes().items()}
    interfaces = {name.removesuffix("View"): fields for name, fields in read_interfaces().items()}
    assert len(shapes.keys() & interfaces.keys()) > 40
    unknown = {name: fields - shapes[name] for name, fields in interfaces.items() if name in shapes}
    assert {name: fields for name, fields in unknown.items() if fields} == {}


def read_shapes():
    modules = [
        import_module(f"visualprm_ui.api.shapes.{found.name}") for found in iter_modules(shapes_package.__path__)
    ]
    members = {name: member for module in [*modules, run_view, model_control] for name, member in vars(module).items()}
    return {name: member for name, member in members.items() if is_typeddict(member)}


def read_interfaces():
    """Return the fields of every interface, those it extends included."""
    text = (Path(visualprm_ui.build.HERE) / "assets" / "api.d.ts").read_text(encoding="utf-8")
    found = {}
    for name, parents, body in re.findall(
        r"^export interface (\w+)(?: extends (\w+))?.*? \{\n(.*?)^\}", text, re.M | re.S
    ):
        found[name] = set(re.findall(r"^  (\w+)\??:", body, re.M)) | found.get(parents, set())
    return found
