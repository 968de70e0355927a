"""``python -m engine models``: what it lists, what a check says, how a running app is changed.

Covers engine/model_catalogue/catalogue.py, engine/model_catalogue/footprint.py, engine/model_catalogue/model_choice.py.
"""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine.__main__ import main
from engine.errors import LoadError
from engine.model_catalogue.catalogue import Machine, list_models
from engine.model_catalogue.footprint import Quantisation
from engine.model_catalogue.model_choice import DEFAULT_POLICY, ModelChoice, ModelRole
from engine.models.loaders import outlook
from engine.models.registry import load_network
from tests.support.originals import change_config
from tests.support.tiny import write_tiny

ROOMY = Machine(device="cpu", dtype="float32", free_bytes=None)


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    """Two checkpoints, one of them an organisation's; and folders that are none."""
    root = tmp_path_factory.mktemp("models")
    write_tiny(root / "writer")
    write_tiny(root / "OpenGVLab" / "tiny-PRM", seed=1, workbench={"name": "Tiny PRM"})
    (root / "notes").mkdir()
    (root / "text-only").mkdir()
    (root / "text-only" / "config.json").write_text('{"model_type": "llama"}', encoding="utf-8")
    broken = root / "broken"
    broken.mkdir()
    (broken / "config.json").write_text('{"model_type": "internvl", "vision_config": {}}', encoding="utf-8")
    (broken / "model.safetensors").write_bytes(b"cut")
    return root


def test_folders_are_listed_with_what_they_are(models_dir):
    listed = {model.name: model for model in list_models(ROOMY, models_dir)}
    assert set(listed) == {"nano-policy", "nano-prm", "writer", "Tiny PRM"}
    assert listed["Tiny PRM"].source == str(models_dir / "OpenGVLab" / "tiny-PRM")
    assert listed["Tiny PRM"].role is ModelRole.REWARD_MODEL
    assert listed["writer"].role is ModelRole.POLICY
    assert listed["writer"].family == "internvl"
    assert listed["writer"].fits == tuple(Quantisation)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(model_type="minicpmv"), "no native code"),
        (lambda c: c.update(quantization_config={"bits": 4}), "quantised already"),
        (lambda c: c["text_config"].update(use_sliding_window=True, layer_types=None), "sliding"),
        (lambda c: c["text_config"].update(rope_parameters={"rope_type": "linear", "factor": 0}), "factor 0"),
        (
            lambda c: c.update(model_type="internvl_chat", llm_config={"architectures": ["Phi3ForCausalLM"]}),
            "Phi3ForCausalLM",
        ),
        (lambda c: None, None),
    ],
)
def test_what_loading_refuses_is_listed_with_the_refusal(tmp_path, capsys, change, message):
    folder = write_tiny(tmp_path / "models" / "writer")
    change_config(folder, change)
    listed = next(model for model in list_models(ROOMY, tmp_path / "models", outlook=outlook) if model.name == "writer")
    assert main(["models", "list", "--models-dir", str(tmp_path / "models"), "--device", "cpu"]) == 0
    printed = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("writer"))
    if message is None:
        assert listed.refusal is None
        assert "fits: float32" in printed
    else:
        assert message in listed.refusal
        assert listed.refusal in printed
        with pytest.raises(LoadError, match=re.escape(listed.refusal)):
            load_network(folder)


def test_a_model_without_its_tokenizer_is_listed_as_refused(tmp_path):
    folder = write_tiny(tmp_path / "writer")
    tokenizer = folder / "tokenizer.json"
    away = tokenizer.rename(tmp_path / "away.json")
    listed = next(model for model in list_models(ROOMY, tmp_path, outlook=outlook) if model.name == "writer")
    assert "has no tokenizer.json" in listed.refusal
    away.rename(tokenizer)
    listed = next(model for model in list_models(ROOMY, tmp_path, outlook=outlook) if model.name == "writer")
    assert listed.refusal is None, "it once was remembered as long as config.json stayed the same"


def test_the_hub_cache_is_listed_by_its_names(tmp_path):
    write_tiny(tmp_path / "models--OpenGVLab--VisualPRM-8B" / "snapshots" / "0f3a")
    (tmp_path / "datasets--x--y" / "snapshots" / "1").mkdir(parents=True)
    listed = [model for model in list_models(ROOMY, hub_cache=tmp_path) if not model.name.startswith("nano")]
    assert [(model.source, model.name, model.role) for model in listed] == [
        ("OpenGVLab/VisualPRM-8B", "OpenGVLab/VisualPRM-8B", ModelRole.REWARD_MODEL)
    ]


def test_a_folder_reached_by_two_paths_is_listed_once(monkeypatch):
    monkeypatch.chdir(DEFAULT_POLICY.parent.parent.parent)
    embedded = [model.source for model in list_models(ROOMY)]
    listed = [model.source for model in list_models(ROOMY, Path("nano/weights"))]
    assert listed[: len(embedded)] == embedded
    assert [Path(source).name for source in listed[len(embedded) :]] == ["outcome_model"]
    chosen = ModelChoice(policy="nano/weights/policy", reward_model=Path("nano/weights/outcome_model"))
    assert {chosen.source(role) for role in ModelRole} <= set(listed)  # the page finds what runs among what it lists


def test_a_linked_folder_is_called_by_its_link(tmp_path):
    write_tiny(tmp_path / "blobs" / "0f3a" / "made")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "judge").symlink_to(tmp_path / "blobs" / "0f3a" / "made")
    (listed,) = (model for model in list_models(ROOMY, tmp_path / "models") if not model.name.startswith("nano"))
    assert listed.name == "judge"
    assert listed.source == ModelChoice(policy=tmp_path / "models" / "judge").source(ModelRole.POLICY)


def test_what_fits_follows_from_the_free_memory(models_dir):
    def fits(free):
        machine = Machine(device="cpu", dtype="float32", free_bytes=free)
        return next(model for model in list_models(machine, models_dir) if model.name == "writer")

    needs = fits(None).needs
    assert needs[Quantisation.NONE] > needs[Quantisation.INT8] > needs[Quantisation.NF4]
    assert fits(needs[Quantisation.INT8]).fits == (Quantisation.INT8, Quantisation.NF4)
    assert fits(0).fits == ()


def test_list_prints_lines_for_people_and_json_for_scripts(models_dir, capsys):
    assert main(["models", "list", "--models-dir", str(models_dir), "--device", "cpu"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("cpu, float32, free memory ")
    assert (
        "writer  [internvl, fast, policy or judge]  0.1 M parameters, 0.00 GiB on disk (float32); fits: float32 0.00 GiB"
        in said
    )
    assert main(["models", "list", "--models-dir", str(models_dir), "--device", "cpu", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert printed["machine"]["device"] == "cpu"
    (writer,) = [model for model in printed["models"] if model["name"] == "writer"]
    assert writer["needs"]["none"] == 4 * writer["parameters"]


def test_a_folder_of_models_that_is_not_there_is_an_error(tmp_path, capsys):
    """It was passed over, as if it held no models."""
    assert main(["models", "list", "--models-dir", str(tmp_path / "modles"), "--device", "cpu"]) == 1
    assert f"There is no folder '{tmp_path}/modles'" in capsys.readouterr().err


def test_check_loads_strictly_and_says_what_it_takes(models_dir, capsys):
    assert main(["models", "check", str(models_dir / "writer"), "--device", "cpu", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (printed["name"], printed["dtype"], printed["device"]) == ("writer", "float32", "cpu")
    assert printed["bytes"] >= 4 * printed["parameters"]
    assert main(["models", "check", str(models_dir / "writer"), "--device", "cpu"]) == 0
    assert "writer (internvl, " in capsys.readouterr().out
    assert main(["models", "check", str(models_dir / "notes")]) == 1
    assert "is not a checkpoint" in capsys.readouterr().err


class App:
    """Answers ``api/models`` as an app does: loading at first, then what the test says."""

    def __init__(self, message=None):
        served = {"name": "writer"}
        done = {"state": "ready", "message": message, "progress": None, "active": 0}
        progress = {"role": "policy", "source": "w", "unit": "tensors", "done": 3, "total": 9}
        self.answers = [
            {"state": "loading", "message": None, "progress": None, "active": 2},
            {"state": "loading", "message": None, "progress": None, "active": 0},
            {"state": "loading", "message": None, "progress": progress, "active": 0},
            done | {"policy": served, "reward_model": None},
        ]
        self.asked = []
        self.token = None  # with one the app has accounts
        app = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                app.asked.append((self.command, self.path, self.headers["X-VP"], json.loads(body or "null")))
                known = app.token is None or self.headers["Authorization"] == f"Bearer {app.token}"
                payload = json.dumps(app.answers.pop(0) if known else {"error": "Sign in first."}).encode()
                self.send_response(200 if known else 401)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_POST = answer

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def app(request):
    app = App(getattr(request, "param", None))
    yield app
    app.close()


def test_a_running_app_is_switched_and_waited_for(app, capsys):
    assert main(["models", "switch", "--url", app.url, "--reward-model", "some/prm"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "ready: policy writer, reward model none\n"
    assert printed.err.splitlines() == [
        "waiting for 2 runs to finish",
        "loading",
        "loading w: 3 of 9 tensors (33 %)",
    ]
    assert app.asked == [
        ("POST", "/api/models", "1", {"action": "switch", "reward_model": "some/prm"}),
        *[("GET", "/api/models", "1", None)] * 3,
    ]


@pytest.mark.parametrize("app", ["'x' is no checkpoint."], indirect=True)
def test_a_failed_load_is_a_failed_command(app, capsys):
    assert main(["models", "load", "--url", app.url, "--json"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["message"] == "'x' is no checkpoint."
    assert "error: 'x' is no checkpoint." in printed.err


def test_an_app_with_accounts_is_asked_with_the_token(app, capsys, monkeypatch):
    """There was no way to give one: once there was an admin, every one of these commands was refused."""
    app.token = "vp_right"
    assert main(["models", "load", "--url", app.url]) == 1
    assert "Sign in first. Set VISUALPRM_TOKEN to an admin's API token" in capsys.readouterr().err
    monkeypatch.setenv("VISUALPRM_TOKEN", "vp_right")
    assert main(["models", "load", "--url", app.url]) == 0
    assert capsys.readouterr().out == "ready: policy writer, reward model none\n"


def test_an_app_that_is_not_there_is_said_to_be_so(capsys):
    assert main(["models", "unload", "--url", "http://127.0.0.1:9"]) == 1
    assert "The app at 'http://127.0.0.1:9' did not answer" in capsys.readouterr().err
