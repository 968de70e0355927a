"""Other sites' pages get no answer, and make no change: from a real page beside the app, and header by header."""

import functools
import http.server
import json
import threading
import urllib.error
import urllib.request

import pytest

ATTACK = """<script type="module">
const app = new URLSearchParams(location.search).get("app"), headers = { "X-VP": "1", "Content-Type": "application/json" };
const body = JSON.stringify({ name: "Stolen" });
const tried = async (path, options) => {
  try { return (await fetch(app + path, { credentials: "include", ...options })).status; } catch { return "blocked"; }
};
window.found = [
  await tried("/api/status"),
  await tried("/api/projects", { method: "POST", headers, body }),
  await tried("/api/projects", { method: "POST", headers: { ...headers, "X-Forwarded-Host": location.host }, body }),
];
</script>"""


@pytest.fixture
def other_site(tmp_path):
    """The address of another server on this machine, with a page that attacks the app."""
    (tmp_path / "attack.html").write_text(ATTACK)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        threading.Thread(target=site.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{site.server_port}"
        site.shutdown()


def answer(server, path, headers, body=None):
    """Status and body of what the server says to a request with these headers."""
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        server.url + path, data=sent, headers={"Content-Type": "application/json", **headers}
    )
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_a_page_of_another_site_reads_and_writes_nothing(browser, server, other_site):
    """Gradio's CORS let any page read everything, write with the visitor's rights and make itself admin."""
    page = browser.new_page()
    page.goto(server.url)  # who was here before has a cookie
    page.goto(f"{other_site}/attack.html?app={server.url}")
    page.wait_for_function("window.found")
    assert set(page.evaluate("window.found")) <= {403, "blocked"}
    page.close()
    assert b"Stolen" not in answer(server, "/api/projects", {})[1]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},  # a form
        {"Host": "evil.example"},  # a name that was made to lead here
    ],
)
def test_what_comes_from_elsewhere_is_refused_with_a_reason(server, headers):
    status, said = answer(server, "/api/projects", {"X-VP": "1", **headers}, {"name": "Stolen"})
    assert status == 403
    assert any(word in json.loads(said)["error"] for word in ("another site", "its own machine"))
    assert b"Stolen" not in answer(server, "/api/projects", {})[1]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.a.proxy"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},  # a link on another site
    ],
)
def test_links_scripts_and_the_apps_own_pages_are_answered(server, headers):
    assert answer(server, "/api/status", headers)[0] == 200


def test_gradios_own_upload_is_shut(server):
    assert answer(server, "/gradio_api/upload", {}, {})[0] == 404
