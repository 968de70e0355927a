"""Links between the project's pages lead somewhere, and what the pages name exists: commands, make targets, settings."""

import re
import shlex
from dataclasses import fields

from settings import Settings
from tests.support.pages import PAGES, ROOT, anchors, commands, without_code
from visualprm_ui.job_command import NAME, read_options

LINK = re.compile(r"(?<!`)\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}


def test_every_relative_link_leads_to_a_file_and_a_heading():
    lost = []
    for page, text in TEXTS.items():
        for target in LINK.findall(without_code(text)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, fragment = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            if not file.exists() or not file.is_relative_to(ROOT):
                lost.append(f"{page.relative_to(ROOT)}: {target}")
            elif fragment and fragment not in anchors(file.read_text(encoding="utf-8")):
                lost.append(f"{page.relative_to(ROOT)}: {target} (no such heading)")
    assert lost == []
    assert len(TEXTS) > 12


def test_every_module_that_is_run_exists():
    named = {name for text in TEXTS.values() for name in re.findall(r"python -m ([a-z_]+(?:\.[a-z_]+)*)\b(?!\.)", text)}
    places = {name: ROOT / name.replace(".", "/") for name in named - {"venv", "pip", "pytest"}}
    missing = [
        name
        for name, place in places.items()
        if not (place / "__main__.py").exists() and not place.with_suffix(".py").exists()
    ]
    assert {"engine", "storage"} <= named
    assert missing == []


def test_every_make_target_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for text in TEXTS.values() for name in re.findall(r"(?:`|^ *)make ([a-z-]+)", text, re.MULTILINE)}
    assert {"run", "test"} <= named
    assert named - targets == set()


def test_every_option_of_the_app_is_a_setting():
    settings = {"--" + entry.name.replace("_", "-") for entry in fields(Settings)}
    shown = {
        option
        for text in TEXTS.values()
        for line in commands(text)
        if line.startswith("python app.py")
        for option in re.findall(r"--[a-z-]+", " ".join(settings_of(line)))
    }
    assert shown
    assert shown - settings == set()


def settings_of(line: str) -> list[str]:
    """Return the arguments of a command of the app that are its settings; those of ``job`` itself are known to be right."""
    arguments = shlex.split(line)[2:]
    return read_options(arguments[1:])[1] if arguments[:1] == [NAME] else arguments
