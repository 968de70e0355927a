"""The shapes that the pages expect of REST, compared with those that it answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_type_hints

from typing_extensions import is_typeddict

from visualprm_ui.api import shapes
from visualprm_ui.api.shapes import accounts, history, labelling, projects, results, review, runs, values
from visualprm_ui.use_cases import model_control, pictures, run_view

MODULES = (accounts, history, labelling, projects, results, review, runs, values, model_control, pictures, run_view)
DECLARED = (Path(shapes.__file__).parents[2] / "assets" / "api.d.ts").read_text(encoding="utf-8")
INTERFACE = re.compile(r"export interface (\w+)(?: extends ([^{]+))? \{\n(.*?)\n\}", re.DOTALL)
FIELD = re.compile(r"^  (\w+)\??:", re.MULTILINE)
OURS = {
    "TaskState",  # the part of a task that events change
    "ExamplesValue",  # the value of a component, which does not come by REST
    "HistoryEvent",  # the fields of an entry that the page shows
}
OTHER_NAMES = {"ModelsView": "OperatedModels"}


def served() -> dict[str, set[str]]:
    found = {name: shape for module in MODULES for name, shape in vars(module).items() if is_typeddict(shape)}
    return {name: set(get_type_hints(shape)) for name, shape in found.items()}


def declared() -> dict[str, set[str]]:
    own = {name: (bases, set(FIELD.findall(body))) for name, bases, body in INTERFACE.findall(DECLARED)}

    def fields(name: str) -> set[str]:
        bases, found = own[name]
        inherited = [fields(base) for base in re.findall(r"\w+", re.sub(r"<.*>", "", bases)) if base in own]
        roles = {"policy", "reward_model"} if "Record<ModelRole" in bases else set()
        return found.union(roles, *inherited)

    return {name: fields(name) for name in own}


def test_pages_and_rest_agree_on_every_shape() -> None:
    """A field that is renamed on one side alone is an undefined on the page."""
    answers = served()
    differing = {}
    for name, fields in declared().items():
        if name in OURS:
            continue
        known = next((each for each in (OTHER_NAMES.get(name, name), f"{name}View") if each in answers), None)
        if known is None or answers[known] != fields:
            differing[name] = sorted(fields ^ answers.get(known or "", set()))
    assert differing == {}
