"""The API's own page: every route with what it takes, answers and can refuse, and examples that run.

Covers visualprm_ui/api/docs_page.py, visualprm_ui/api/docs_examples.py, visualprm_ui/api/docs_schema.py and
visualprm_ui/api/statuses.py.
"""

import ast
import html
import re
import shutil
import subprocess

import pytest

from visualprm_ui.api import build_api
from visualprm_ui.api.docs_schema import SchemaReader
from visualprm_ui.api.requests import STATUSES
from visualprm_ui.api.statuses import STATUS_MEANINGS, statuses_of
from visualprm_ui.use_cases.workbench import Workbench


@pytest.fixture
def api(store, engine, identity):
    return build_api(Workbench(store, engine), identity)


@pytest.fixture
def page(team):
    return team["mei"].get("/docs").text


def entries(page):
    """What stands under each route, by its line."""
    found = re.findall(r"<summary><code>(.*?)</code>.*?</summary>(.*?)</details>", page, re.DOTALL)
    return {html.unescape(name): html.unescape(body) for name, body in found}


def examples(page, language):
    return {name: re.search(rf"<h3>{language}</h3><pre>(.*?)</pre>", body, re.DOTALL)[1] for name, body in page.items()}


def test_every_route_stands_there_with_two_examples_and_its_statuses(page, api):
    found = entries(page)
    routes = [
        f"{method.upper()} {path.lstrip('/')}" for path, methods in api.openapi()["paths"].items() for method in methods
    ]
    assert sorted(found) == sorted(routes)
    for body in found.values():
        assert "<h3>Statuses</h3><p>200" in body
    for each in examples(found, "Python").values():
        ast.parse(each)


def test_the_commands_are_sound_shell(page):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    script = "\n".join(examples(entries(page), "curl").values())
    result = subprocess.run([bash, "-n"], input=script, capture_output=True, text=True, timeout=30, check=False)
    assert result.stderr == ""


def test_every_status_that_can_come_is_explained(page, api):
    known = {status for _kind, status in STATUSES} | {401, 403, 422, 429, 500}
    assert known <= set(STATUS_MEANINGS)
    for path, methods in api.openapi()["paths"].items():
        for method, route in methods.items():
            assert set(statuses_of(method.upper(), path, route)) <= set(STATUS_MEANINGS)
    assert "<td>409<td>" in page
    assert 429 in statuses_of("POST", "/examination", api.openapi()["paths"]["/examination"]["post"])


def test_the_description_names_each_status_of_a_route(api, page):
    paths = api.openapi()["paths"]
    assert set(paths["/waiting"]["get"]["responses"]) == {"200", "400", "401", "403", "500", "503"}
    made = paths["/projects"]["post"]["responses"]
    assert set(made) == {"200", "400", "401", "403", "404", "409", "413", "422", "500", "503", "507"}
    assert made["409"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Refusal"}
    named = {status for methods in paths.values() for route in methods.values() for status in route["responses"]}
    assert named == {str(status) for status in STATUS_MEANINGS}
    assert "401" in paths["/session"]["post"]["responses"], "a wrong password"
    assert api.openapi() is api.openapi()
    said = "".join(re.findall(r"<h3>Statuses</h3><p>(.*?)</p>", page))
    assert "410" in said


def test_bodies_parameters_and_tokens_are_explained(page):
    found = entries(page)
    body = found["POST projects"]
    assert "<code>title</code><td>string<td>" in body
    assert "<code>options.blind</code><td>boolean, optional<td>" in body
    assert "Authorization: Bearer $TOKEN" in body
    assert '-d \'{"title": "..."}\'' in body
    assert "<code>annotator (query)</code><td>string<td>" in found["GET projects/{project_id}/fast-items"]
    assert '--data-binary @"$FILE"' in found["POST images"]
    assert "Authorization: Bearer" not in examples(found, "curl")["POST session"]
    assert 'id="tokens"' in page


def test_the_bodies_of_the_examples_are_accepted_where_nothing_else_is_needed(page, team):
    script = examples(entries(page), "Python")["POST projects"]
    body = ast.literal_eval(re.search(r"json\.dumps\((.*?)\)\.encode", script)[1])
    assert team["ada"].post("/projects", json=body).status_code == 200


def test_a_field_is_told_in_words():
    reader = SchemaReader({"components": {"schemas": {"Kind": {"enum": ["a", "b"], "type": "string"}}}})
    assert reader.type_of({"$ref": "#/components/schemas/Kind"}) == '"a" or "b"'
    assert reader.type_of({"anyOf": [{"type": "integer"}, {"type": "null"}]}) == "integer or null"
    assert reader.type_of({"type": "array", "items": {"type": "string"}}) == "list of string"
    assert reader.type_of({}) == "any value"
    assert reader.example({"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}}) == {"x": 1}
