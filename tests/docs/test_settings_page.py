"""docs/settings.md names every setting with its default and its environment variable, and no other."""

import re
from dataclasses import fields

from settings import ENVIRONMENT_PREFIX, Settings
from tests.support.pages import ROOT, read

PAGE = read("docs/settings.md")
ROWS = {
    flag: (default, variable)
    for flag, default, variable in re.findall(r"^\| `--([a-z-]+)` \| `?([^|`]*)`? \| `(\w+)` \|", PAGE, re.MULTILINE)
}


def test_every_setting_stands_there_with_its_default_and_variable():
    expected = {}
    for entry in fields(Settings):
        default = str(entry.default).replace(f"{ROOT}/", "") or "empty"
        expected[entry.name.replace("_", "-")] = (default, f"{ENVIRONMENT_PREFIX}{entry.name.upper()}")
    assert {flag: (default.strip(), variable) for flag, (default, variable) in ROWS.items()} == expected


def test_every_choice_of_a_setting_is_named():
    missing = []
    for entry in fields(Settings):
        (row,) = re.findall(rf"^\| `--{entry.name.replace('_', '-')}` .*$", PAGE, re.MULTILINE)
        missing += [(entry.name, choice) for choice in entry.metadata["choices"] or () if f"`{choice}`" not in row]
    assert missing == []
