"""The nginx blocks of docs/deployment.md in a real nginx, and what is said where one is wrong.

Covers visualprm_ui/access/same_origin.py.
"""

import re
import shutil
import ssl
import subprocess
from contextlib import contextmanager

import httpx
import pytest

from benchmarks.app_process import AppProcess, free_port
from tests.support.pages import blocks, read

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed"),
]
BLOCKS = dict(zip(("root", "kept", "stripped", "tls"), blocks(read("docs/deployment.md"), "nginx"), strict=True))


@pytest.fixture(scope="module")
def apps(tmp_path_factory):
    """The app at the root and under a prefix."""
    made = []
    for name, more in (("plain", ()), ("prefixed", ("--root-path", "/visualprm"))):
        app = AppProcess(tmp_path_factory.mktemp(name) / "data", "--access", "accounts", *more)
        app.data_dir.mkdir()
        app.start()
        made.append(app)
    yield made
    for app in made:
        app.kill()


@contextmanager
def nginx(folder, block, app):
    """Run a block in front of an app; give a client of it that trusts its certificate, and the client's base address."""
    port, scheme = free_port(), "https" if "ssl" in block else "http"
    block = re.sub(r"listen \d+", f"listen 127.0.0.1:{port}", block).replace("127.0.0.1:7860", f"127.0.0.1:{app.port}")
    if scheme == "https":
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
        command += [
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            f"{folder}/prm.key",
            "-out",
            f"{folder}/prm.crt",
        ]
        subprocess.run(command, check=True, capture_output=True)
        block = block.replace("/etc/ssl/", f"{folder}/")
    paths = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    settings = f"user root;\ndaemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
    (folder / "nginx.conf").write_text(f"{settings}http {{ access_log off; {paths}\n{block}\n}}\n")
    process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-e", f"{folder}/error.log"])
    try:
        context = ssl.create_default_context(cafile=folder / "prm.crt") if scheme == "https" else False
        transport = httpx.HTTPTransport(retries=8, verify=context)
        with httpx.Client(base_url=f"{scheme}://127.0.0.1:{port}", transport=transport, timeout=30) as client:
            yield client, f"{scheme}://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def write(client, origin, prefix):
    """A write as a page sends it, which is refused for want of an account, and not as a foreign one."""
    return client.post(f"{prefix}/api/projects", json={}, headers={"X-VP": "1", "Origin": origin})


@pytest.mark.parametrize(
    ("name", "prefix"), [("root", ""), ("kept", "/visualprm"), ("stripped", "/visualprm"), ("tls", "")]
)
def test_a_page_behind_nginx_finds_its_parts_and_may_write(tmp_path, apps, name, prefix):
    with nginx(tmp_path, BLOCKS[name], apps[bool(prefix)]) as (client, address):
        page = client.get(f"{prefix}/")
        assert page.status_code == 200
        assert re.search(r'"root":"([^"]+)"', page.text)[1] == address + prefix
        script = re.search(r'src="\./(assets/[^"]+\.js)"', page.text)[1]
        assert client.get(f"{prefix}/{script}").status_code == 200
        assert client.get(f"{prefix}/vp/assets/theme.js").status_code == 200
        assert client.get(f"{prefix}/api/status").json()["engine"]["state"] == "ready"
        assert write(client, address, prefix).status_code == 401
        assert client.post(f"{prefix}/gradio_api/process_recording", json={}).status_code == 404


def test_a_host_without_its_port_is_named_in_the_log_and_on_the_page(tmp_path, apps):
    """The page stayed white; the reason was in the JSON of a 403 alone."""
    with nginx(tmp_path, BLOCKS["root"].replace("$http_host", "$host"), apps[0]) as (client, address):
        page = client.get("/")
        assert re.search(r'"root":"([^"]+)"', page.text)[1] == "http://127.0.0.1" != address
        assert "vp/assets/proxy_check.js" in page.text  # tests/visualprm_ui/assets/proxy_check.test.mjs
        for _ in range(3):
            assert write(client, address, "").status_code == 403
    said = f"A proxy passes on Host '127.0.0.1' for a page at '{address}'"
    assert apps[0].log().count(said) == 1


def test_a_scheme_that_is_not_passed_on_is_named_in_the_log(tmp_path, apps):
    wrong = BLOCKS["tls"].replace("proxy_set_header X-Forwarded-Proto $scheme;", "")
    with nginx(tmp_path, wrong, apps[0]) as (client, address):
        write(client, address, "")
    assert f"A proxy does not tell that the page at '{address}' came by https" in apps[0].log()
