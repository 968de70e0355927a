import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from socket import gethostname

import pytest

from settings import ENVIRONMENT_PREFIX, Settings, SettingsError, is_hub, read_settings

ROOT = Path(__file__).parent.parent


def test_defaults_listen_on_this_machine_only():
    settings = read_settings([], {})
    assert settings == Settings()
    assert settings.host == "127.0.0.1"


def test_command_line_beats_environment_beats_default():
    assert read_settings([], {"VISUALPRM_PORT": "8000"}).port == 8000
    assert read_settings(["--port", "9000"], {"VISUALPRM_PORT": "8000"}).port == 9000


def test_a_space_names_its_address_through_gradios_variables():
    settings = read_settings([], {"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": "7861"})
    assert (settings.host, settings.port) == ("0.0.0.0", 7861)
    assert read_settings([], {"GRADIO_SERVER_NAME": "0.0.0.0", "VISUALPRM_HOST": "127.0.0.2"}).host == "127.0.0.2"


@pytest.mark.parametrize(
    ("arguments", "environment", "names"),
    [
        ([], {"VISUALPRM_PORT": "many"}, "VISUALPRM_PORT is 'many'"),
        (["--port", "0"], {}, "--port is 0"),
        ([], {"VISUALPRM_DTYPE": "int3"}, "--dtype is 'int3'"),
        (["--root-path", "x"], {}, "--root-path"),
        (["--max-active-runs", "99"], {}, "--max-active-runs"),
        (["--public-url", "prm.lab"], {}, "--public-url is 'prm.lab'"),
        (["--trusted-proxies", "10.0.0.0/8, nginx"], {}, "--trusted-proxies has 'nginx'"),
        (["--models-dir", "no/such"], {}, "--models-dir is 'no/such'; there is no such folder"),
    ],
)
def test_a_bad_value_is_named(arguments, environment, names):
    with pytest.raises(SettingsError, match=names):
        read_settings(arguments, environment)


def test_a_proxy_may_name_a_space_and_the_names_that_the_settings_give():
    settings = read_settings(["--names", "prm.lab, Other.lab"], {})
    assert settings.forwarded_hosts({}) == {"prm.lab", "other.lab"}
    assert read_settings([], {}).forwarded_hosts({"SPACE_HOST": "me-prm.hf.space"}) == {"me-prm.hf.space"}


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ([], {}, False),
        (["--host", "127.0.0.9"], {}, False),
        (["--host", "::1"], {}, False),
        (["--host", "localhost"], {}, False),
        (["--host", "0.0.0.0"], {}, True),
        (["--host", "::"], {}, True),
        (["--host", "192.168.1.5"], {}, True),
        (["--host", "prm.lab"], {}, True),
        ([], {"SPACE_ID": "me/prm"}, True),
        (["--access", "accounts"], {}, True),
        (["--access", "private"], {}, True),
    ],
)
def test_where_others_reach_the_app_it_needs_accounts(arguments, environment, expected):
    """The first stranger could invite themselves as admin, for good."""
    settings = read_settings(arguments, environment)
    assert settings.needs_accounts(environment) is expected
    assert settings.access_rules(environment)["private"] is ("private" in arguments)


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ([], {}, "http://127.0.0.1:7860"),
        (["--root-path", "/prm"], {}, "http://127.0.0.1:7860/prm"),
        (["--host", "0.0.0.0"], {}, f"http://{gethostname()}:7860"),
        (["--host", "0.0.0.0"], {"SPACE_HOST": "me-prm.hf.space"}, "https://me-prm.hf.space"),
        (["--public-url", "https://prm.lab/x/"], {"SPACE_HOST": "me-prm.hf.space"}, "https://prm.lab/x"),
    ],
)
def test_links_in_the_log_have_the_address_that_people_use(arguments, environment, expected):
    """The link began with http://0.0.0.0:7860, also on a Space."""
    assert read_settings(arguments, environment).public_address(environment) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [((), False), (("SPACE_ID",), False), (("OAUTH_CLIENT_ID",), False), (("SPACE_ID", "OAUTH_CLIENT_ID"), True)],
)
def test_people_sign_in_with_hugging_face_on_a_space_that_asks_for_it(names, expected):
    assert is_hub(dict.fromkeys(names, "x")) is expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], True),
        (["--access", "accounts"], False),
        (["--host", "0.0.0.0"], False),
        (["--host", "0.0.0.0", "--private-model-servers", "yes"], True),
        (["--private-model-servers", "no"], False),
    ],
)
def test_model_servers_of_the_own_network_are_for_who_has_the_app_for_themselves(arguments, expected):
    assert read_settings(arguments, {}).asks_private_servers({}) is expected


def test_on_a_space_visitors_are_told_apart_by_the_word_of_its_proxy():
    assert read_settings([], {}).believed_proxies({}) == ""
    assert "10.0.0.0/8" in read_settings([], {}).believed_proxies({"SPACE_ID": "me/prm"})
    assert read_settings(["--trusted-proxies", "10.1.1.1"], {}).believed_proxies({"SPACE_ID": "me/prm"}) == "10.1.1.1"


def test_help_shows_every_setting():
    result = subprocess.run([sys.executable, "app.py", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0
    for entry in fields(Settings):
        assert "--" + entry.name.replace("_", "-") in result.stdout
        assert f"{ENVIRONMENT_PREFIX}{entry.name.upper()}" in result.stdout.replace("\n", "").replace(" ", "")
