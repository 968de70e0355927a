"""Each module of REST gets the repositories and use cases that it needs, and could not reach others.

Covers visualprm_ui/api/.
"""

import inspect
import pkgutil
from importlib import import_module

import visualprm_ui.api
from storage import Store
from visualprm_ui.use_cases.workbench import Workbench

MODULES = [import_module(f"visualprm_ui.api.{found.name}") for found in pkgutil.iter_modules(visualprm_ui.api.__path__)]


def test_no_module_of_rest_holds_the_whole_app():
    assert len(MODULES) > 15
    classes = {
        module.__name__: {each for each in vars(module).values() if isinstance(each, type)} for module in MODULES
    }
    reaching = [name for name, found in classes.items() if {Workbench, Store} & found]
    assert reaching == []


def test_what_adds_routes_declares_what_they_need():
    adders = {
        name: inspect.signature(member)
        for module in MODULES
        for name, member in vars(module).items()
        if name.startswith("add_") and inspect.isfunction(member)
    }
    assert len(adders) > 15
    untyped = [
        name
        for name, signature in adders.items()
        if {Workbench, Store, inspect.Parameter.empty} & {each.annotation for each in signature.parameters.values()}
    ]
    assert untyped == []


def test_nothing_but_the_identity_is_looked_up_in_the_running_app(workbench, identity):
    assert set(visualprm_ui.api.build_api(workbench, identity).state._state) == {"identity"}
