"""CITATION.cff names the version of the project and, with all its authors, the paper it is built on."""

import re
import tomllib

from tests.support.pages import ROOT, read

CITATION = read("CITATION.cff")


def test_it_names_the_version_and_licence_of_the_project():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    stated = dict(re.findall(r"^([a-z-]+): (\S.*)$", CITATION, re.MULTILINE))
    assert (stated["cff-version"], stated["version"]) == ("1.2.0", project["version"])
    assert stated["license"] == project["license"]["text"]
    holder = re.findall(r"Copyright \(c\) \d+ (.+)", (ROOT / "LICENSE").read_text(encoding="utf-8"))
    assert re.findall(r"^  - name: (.+)$", CITATION, re.MULTILINE) == holder


def test_the_paper_has_its_fifteen_authors():
    _, paper = CITATION.split("references:")
    assert "2503.10291" in paper
    assert len(re.findall(r"family-names: \S+, given-names: \S+", paper)) == 15
