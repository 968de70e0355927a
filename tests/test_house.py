"""The rules of the code that a machine can hold: which module may import which, sizes, words. Each lists every offender."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support.floors import FLOORS, KNOWN_TO_STORAGE, NEEDED_BY, PACKAGES, PROGRAMS, PURE
from tests.support.markers import MARKED

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Module:
    """A source file of ours."""

    path: Path

    @cached_property
    def name(self) -> str:
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(ast.parse(self.text)))

    @cached_property
    def imports(self) -> dict[str, int]:
        """Every module it imports, late imports included, and the line; of ours the module, never a name out of it."""
        found = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found |= {alias.name: node.lineno for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                whole = [f"{node.module}.{alias.name}" for alias in node.names]
                found |= {each if each in MODULES else str(node.module): node.lineno for each in whole}
        return found

    def __str__(self) -> str:
        return self.path.relative_to(ROOT).as_posix()


SOURCES = [
    Module(path)
    for package in PACKAGES
    for path in [ROOT / f"{package}.py", *sorted((ROOT / package).rglob("*.py"))]
    if path.exists()
]
MODULES = {module.name: module for module in SOURCES}

TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
# Tests of no module: the app as people meet it in a browser, what the docs promise, and what holds for the whole tree.
TESTS_OF_THE_WHOLE = (
    "browser/",
    "docs/",
    "vllm/",
    "test_dependencies.py",
    "test_house.py",
    "test_kills.py",
    "visualprm_ui/test_javascript.py",
)
SMALL_MODULE = 40  # lines, below which a module needs no tests of its own
NO_TESTS_OF_THEIR_OWN = {
    "engine/errors.py": "every error is tested where it is raised",
    "storage/errors.py": "every error is tested where it is raised",
    "nano/model/": "tests/nano/train/test_recipe.py trains the models and serves them",
    "nano/train/": "tests/nano/train/test_recipe.py runs every stage",
    "visualprm_ui/build.py": "tests/browser/ opens the pages that it puts together",
    "visualprm_ui/pages/": "tests/browser/ opens them",
    "benchmarks/annotation.py": "run by hand, minutes long",
    "benchmarks/page.py": "run by hand, in a browser",
    "benchmarks/text.py": "run by hand, in a browser",
    "benchmarks/storage.py": "run by hand, minutes long",
    "benchmarks/app_process.py": "tests/browser/ starts the app with it",
}


def is_in(name: str, package: str) -> bool:
    return f"{name}.".startswith(f"{package}.")


def part_of(name: str, package: str) -> str:
    """The module or wing of a package that a module is, or lies in."""
    return [*name.removeprefix(package).lstrip(".").split("."), ""][0] or "__init__"


def imports_of(package: str) -> Iterator[tuple[Module, str, int]]:
    for module in SOURCES:
        if is_in(module.name, package):
            yield from ((module, imported, line) for imported, line in module.imports.items())


def test_packages_import_only_what_the_table_says():
    assert [
        f"{module}:{line} imports {imported}"
        for package, allowed in PACKAGES.items()
        for module, imported, line in imports_of(package)
        if (top := imported.split(".")[0]) in PACKAGES.keys() | {"tests"} and top not in allowed | {package}
    ] == []


def test_every_module_and_wing_has_its_floor():
    parts = {(package, part_of(m.name, package)) for package in FLOORS for m in SOURCES if is_in(m.name, package)}
    listed = [(package, part) for package, floors in FLOORS.items() for floor in floors for part in floor.split()]
    assert (parts - set(listed), set(listed) - parts) == (set(), set())
    assert len(listed) == len(set(listed))


def test_modules_and_wings_import_from_floors_below_only():
    wrong = []
    for package, floors in FLOORS.items():
        floor = {part: number for number, parts in enumerate(floors) for part in parts.split()}
        for module, imported, line in imports_of(package):
            if imported in MODULES and is_in(imported, package):
                here, there = part_of(module.name, package), part_of(imported, package)
                if here != there and floor[there] <= floor[here]:
                    wrong.append(f"{module}:{line} imports {imported}")
    assert wrong == []


def test_the_architecture_page_shows_these_floors():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    shown = {
        package.replace("/", "."): [
            {part.strip(" `/").removesuffix(".py") for part in floor.split(",")} for floor in cell.split(">")
        ]
        for package, cell in re.findall(r"^\| `([a-z_/]+)/` \| (`[^|]*) \|", page, re.MULTILINE)
    }
    python = {
        package: [set(floor.split()) - {"__init__", "__main__"} for floor in floors]
        for package, floors in FLOORS.items()
    }
    assert {package: [floor - {"assets"} for floor in floors] for package, floors in shown.items()} == {
        package: [floor for floor in floors if floor] for package, floors in python.items() if package in shown
    }
    assert shown.keys() == FLOORS.keys() - {"benchmarks"}


def test_no_modules_import_each_other_in_a_circle():
    graph = {m.name: {each for each in m.imports if each in MODULES and each != m.name} for m in SOURCES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" <- ".join(error.args[1])) from None


def test_libraries_are_imported_where_they_are_needed_only():
    assert [
        f"{module}:{line} imports {imported}"
        for package in PACKAGES
        for module, imported, line in imports_of(package)
        if (library := imported.split(".")[0]) in NEEDED_BY
        and not any(is_in(module.name, part) for part in NEEDED_BY[library])
    ] == []


@pytest.mark.slow
def test_what_needs_no_torch_or_gradio_is_importable_without_them():
    def is_free_of(name: str, *libraries: str) -> bool:
        return not any(is_in(name, part) for library in libraries for part in NEEDED_BY[library])

    names = [name for name, module in MODULES.items() if module.path.name != "__main__.py"]
    pages = [name for name in names if is_free_of(name, "torch", "transformers")]
    others = [name for name in pages if is_free_of(name, "gradio")]
    code = (
        "import importlib, sys\n"
        "sys.modules.update({'torch': None, 'transformers': None, 'gradio': None})\n"
        f"for name in {others}: importlib.import_module(name)\n"
        "del sys.modules['gradio']\n"
        f"for name in {pages}: importlib.import_module(name)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (result.returncode, result.stderr[-1000:]) == (0, "")


def test_the_pure_parts_of_the_engine_know_the_standard_library_and_each_other():
    assert [
        f"{module}:{line} imports {imported}"
        for part in PURE
        for module, imported, line in imports_of(part)
        if imported.split(".")[0] not in sys.stdlib_module_names and not any(is_in(imported, each) for each in PURE)
        if module.name not in PROGRAMS
    ] == []


def test_storage_knows_only_nouns_and_rules_of_the_engine():
    assert [
        f"{module}:{line} imports {imported}"
        for module, imported, line in imports_of("storage")
        if is_in(imported, "engine") and not any(is_in(imported, part) for part in KNOWN_TO_STORAGE)
    ] == []


def test_imports_are_absolute():
    nodes = [(module, node) for module in SOURCES for node in module.nodes]
    assert [f"{m}:{node.lineno}" for m, node in nodes if isinstance(node, ast.ImportFrom) and node.level] == []


def test_every_wing_says_what_it_knows():
    folders = {module.path.parent for module in SOURCES} - {ROOT}
    assert (
        sorted(
            str(folder.relative_to(ROOT))
            for folder in folders
            if not (file := folder / "__init__.py").exists()
            or ast.get_docstring(ast.parse(file.read_text("utf-8"))) is None
        )
        == []
    )


def test_modules_and_functions_stay_small():
    large = [f"{module}: {n} lines" for module in SOURCES if (n := len(module.text.splitlines())) > 400]
    for module in SOURCES:
        for node in module.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                length = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
                # A page builder reads top to bottom as components, handlers, wiring; splitting it would hide the wiring.
                if length > (90 if node.name.startswith("build_") else 50):
                    large.append(f"{module}: {node.name} has {length} lines")
                arguments = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
                if (count := len([a for a in arguments if a not in ("self", "cls")])) > 6:
                    large.append(f"{module}: {node.name} has {count} parameters")
    assert large == []


def test_no_two_classes_share_a_name():
    places: dict[str, list[str]] = {}
    for module in SOURCES:
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(str(module))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_no_file_is_named_after_nothing():
    nameless = {"utils.py", "helpers.py", "common.py", "manager.py", "misc.py"}
    assert [str(module) for module in SOURCES if module.path.name in nameless] == []


def named_after(test: Path) -> Path:
    """The module or wing that a test file is named after, without ".py", whether it exists or not."""
    return ROOT / test.relative_to(ROOT / "tests").with_name(test.stem.removeprefix("test_"))


def covered_by(test: Path) -> list[str]:
    """The modules and folders that a test file names behind "Covers" in its docstring."""
    docstring = ast.get_docstring(ast.parse(test.read_text(encoding="utf-8"))) or ""
    return re.findall(r"[\w/]+(?:\.py|/)", docstring.partition("\nCovers ")[2])


def test_every_test_file_says_what_it_is_about():
    """By its name, tests/a/test_b.py for a/b.py or for the wing a/b/, or else by "Covers a/b.py, c/d.py." under its title."""
    assert [
        str(path)
        for test in TESTS
        if not (path := test.relative_to(ROOT / "tests")).as_posix().startswith(TESTS_OF_THE_WHOLE)
        and not (named_after(test).is_dir() or named_after(test).with_suffix(".py").exists() or covered_by(test))
    ] == []
    assert [
        f"{test.name} covers {each}" for test in TESTS for each in covered_by(test) if not (ROOT / each).exists()
    ] == []


def test_every_module_has_tests_that_can_be_found():
    """By name, or by `grep -r a/b.py tests`. A folder that a test covers as a whole is not enough: its next module is new."""
    named = {named_after(test) for test in TESTS}
    covered = {each for test in TESTS for each in covered_by(test)}
    assert [
        str(module)
        for module in SOURCES
        if module.path.name != "__init__.py"
        and len(module.text.splitlines()) >= SMALL_MODULE
        and not {module.path.with_suffix(""), *module.path.parents} & named
        and str(module) not in covered
        and not str(module).startswith(tuple(NO_TESTS_OF_THEIR_OWN))
    ] == []
    assert [each for each in NO_TESTS_OF_THEIR_OWN if not (ROOT / each).exists()] == []


def test_only_the_app_and_the_command_lines_read_the_environment():
    """Packages receive values: what one of them read for itself would stand in no table of settings."""
    assert [
        f"{module}:{node.lineno}"
        for module in SOURCES
        if not any(is_in(module.name, part) for part in ("app", "benchmarks", "engine.cli", "storage.__main__"))
        for node in module.nodes
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ] == []


def test_tests_use_real_parts():
    # Spelt apart so that this file does not find itself.
    word = "unittest" + ".mock"
    assert [path for path in (ROOT / "tests").rglob("*.py") if word in path.read_text(encoding="utf-8")] == []


def test_no_remote_code_is_trusted():
    pattern = re.compile(r"trust_remote_code\s*=\s*True")
    assert [str(module) for module in SOURCES if pattern.search(module.text)] == []


def test_every_place_that_has_a_marker_is_there():
    """A file that was renamed would be among the fast tests again, and nobody would notice."""
    assert [place for place in MARKED if not (ROOT / "tests" / place).exists()] == []
