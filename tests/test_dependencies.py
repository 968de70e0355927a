"""Dependencies are said: what is imported is declared, what is declared is imported, and constraints.txt pins all of it."""

import ast
import re
import sys
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PRODUCT = ("app.py", "settings.py", "engine", "storage", "visualprm_ui", "nano")
DEVELOPMENT = ("benchmarks", "tests")
OURS = {Path(each).stem for each in (*PRODUCT, *DEVELOPMENT)}

# Declared and imported nowhere, each with its reason.
TOOLS = {
    "mypy": "make lint runs it",
    "ruff": "make lint runs it",
    "pytest-timeout": "a plugin: pyproject.toml sets its limit",
}
# Imported by the product, declared for development only.
OPTIONAL = {"bitsandbytes": "8-bit and 4-bit weights; the error names the package where it is missing"}
# Left to the machine: there are builds for every kind of accelerator.
UNPINNED = {"torch"}


def test_what_the_app_imports_is_declared_and_the_other_way_round():
    declared, imported = set(read_requirements("requirements.txt")), find_imported(PRODUCT)
    assert imported - declared - OPTIONAL.keys() == set(), "imported by the app, not in requirements.txt"
    assert declared - imported == set(), "in requirements.txt, imported by no module of the app"


def test_what_tests_and_benchmarks_import_is_declared_and_the_other_way_round():
    runtime, development = set(read_requirements("requirements.txt")), set(read_requirements("requirements-dev.txt"))
    imported = find_imported(DEVELOPMENT)
    assert imported - runtime - development == set(), "imported, not in requirements-dev.txt"
    used = imported | TOOLS.keys() | (find_imported(PRODUCT) & OPTIONAL.keys())
    assert development - used == set(), "in requirements-dev.txt, imported nowhere"
    assert TOOLS.keys() <= development
    assert OPTIONAL.keys() <= development


def test_every_requirement_has_a_floor_and_a_cap():
    for file in ("requirements.txt", "requirements-dev.txt"):
        operators = {name: {part.operator for part in need.specifier} for name, need in read_requirements(file).items()}
        assert [name for name, found in operators.items() if found != {">=", "<"}] == [], file


def test_the_constraints_pin_everything_that_the_requirements_bring_along():
    pins = read_requirements("constraints.txt")
    assert [name for name, pin in pins.items() if [part.operator for part in pin.specifier] != ["=="]] == []
    needs = read_requirements("requirements.txt") | read_requirements("requirements-dev.txt")
    assert find_closure(needs.values()) - pins.keys() == set(), "not pinned; run: make constraints"
    assert [name for name in pins if re.match("torch|triton|nvidia|cuda", name)] == []
    wrong = [name for name, need in needs.items() if name in pins and pin_of(pins[name]) not in need.specifier]
    assert wrong == [], "pinned outside what the requirements allow"


def test_a_space_runs_the_gradio_that_the_tests_ran_with():
    front_matter = (ROOT / "README.md").read_text(encoding="utf-8").split("---")[1]
    (version,) = re.findall(r"^sdk_version: (\S+)$", front_matter, re.MULTILINE)
    assert version == pin_of(read_requirements("constraints.txt")["gradio"])


def read_requirements(file: str) -> dict[str, Requirement]:
    """Every distribution that a file names, without the files it includes."""
    lines = [line.split("#")[0].strip() for line in (ROOT / file).read_text(encoding="utf-8").splitlines()]
    needs = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return {canonicalize_name(need.name): need for need in needs}


def pin_of(need: Requirement) -> str:
    (part,) = need.specifier
    return part.version


def find_imported(places: tuple[str, ...]) -> set[str]:
    """The distributions behind every third-party import, late ones and ``import_module("name")`` included."""
    files = [file for place in places for file in [ROOT / place, *(ROOT / place).rglob("*.py")] if file.suffix == ".py"]
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in files)
    modules = {name.split(".")[0] for tree in trees for node in ast.walk(tree) for name in read_imports(node)}
    known = packages_distributions()
    outside = modules - set(sys.stdlib_module_names) - OURS
    return {canonicalize_name(known.get(module, [module])[0]) for module in outside}


def read_imports(node: ast.AST) -> list[str]:
    """The modules that one statement imports."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module)):
            return [module]
        case ast.Call(func=ast.Name("import_module"), args=[ast.Constant(str(module))]):
            return [module]
    return []


def find_closure(needs) -> set[str]:
    """The installed distributions that come with these, down to those that are left to the machine."""
    found: set[str] = set()
    todo = [need for need in needs if canonicalize_name(need.name) not in UNPINNED]
    while todo:
        need = todo.pop()
        name = canonicalize_name(need.name)
        if name in found or name in UNPINNED or not (need.marker is None or need.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        todo += [Requirement(line) for line in distribution(name).requires or ()]
    return found
