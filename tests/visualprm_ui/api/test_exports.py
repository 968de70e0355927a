"""Exports over REST: in any format, made in the background, with what the format cannot hold, and downloaded afterwards.

Covers visualprm_ui/api/exports.py, visualprm_ui/use_cases/export_jobs.py, visualprm_ui/use_cases/export_request.py.
"""

import io
import json
import shlex
import stat
import zipfile
from dataclasses import fields

import pytest

from engine.domain import Label
from storage import ImportedRow, open_store
from storage.__main__ import main
from storage.transfer.export_choice import ExportChoice, Neutral
from storage.transfer.full_import import import_full
from storage.transfer.import_preview import preview_import
from storage.transfer.label_choice import ShareThresholds
from tests.support.model_jobs import add_problem
from tests.support.rollouts import measured
from tests.support.run_records import score_again
from tests.support.transfer_jobs import imported, lines, sent, settled
from visualprm_ui.api.exports import ExportBody
from visualprm_ui.use_cases.export_request import as_choice


@pytest.fixture
def ada(team, labelled):
    """The admin of a store in which two people labelled two solutions, and differ."""
    return team["ada"]


def made(client, name, **asked):
    answer = client.post("/exports", json={"format": name, **asked})
    assert answer.status_code == 200, answer.text
    done = settled(client, f"/exports/{answer.json()['id']}")
    assert done["state"] == "done", done["message"]
    return done


def unpacked(client, done):
    answer = client.get(f"/exports/{done['id']}/file")
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{done["format"]}-')
    assert len(answer.content) == done["report"]["bytes"]
    return zipfile.ZipFile(io.BytesIO(answer.content))


def formats(client):
    return [each["name"] for each in client.get("/formats").json()["formats"] if each["exports"]]


def test_a_command_with_the_options_that_are_shown_writes_this_store(ada, tmp_path, capsys):
    """The command of the dialog, copied on a server whose data folder is not ``data``, found no store."""
    options = shlex.split(ada.get("/formats").json()["store_options"])
    assert main(["export", "--format", "csv", *options, str(tmp_path / "OUT")]) == 0, capsys.readouterr().err
    assert len((tmp_path / "OUT" / "solutions.csv").read_text().splitlines()) == 3


def test_every_format_is_made_and_comes_back_as_what_it_is(ada, store, tmp_path):
    """Those that can be read: of tables for spreadsheets and of problems alone no label comes back."""
    names = formats(ada)
    assert {
        "visualprocessbench",
        "visualprm400k",
        "trl",
        "prm800k",
        "processbench",
        "parquet",
        "csv",
        "hub",
        "full",
    } < {*names}
    for name in names:
        done = made(ada, name)
        with unpacked(ada, done) as archive:
            archive.extractall(tmp_path / name)
            said = archive.read("export-report.txt").decode()
        assert f"format: {name}\n" in said
        assert f"neutral policy: {done['report']['neutral_policy']}\n" in said
        if name == "full":
            with open_store(tmp_path / "copy") as copy:
                assert import_full(copy, tmp_path / name).errors == ()
                assert len(list(copy.results.iter_annotations())) == len(list(store.results.iter_annotations())) > 0
        elif name in ("csv", "hub", "problems"):
            assert done["report"]["rows"] > 0
        elif name == "visualprm400k-raw":  # people measured nothing
            assert (done["report"]["rows"], sum(done["report"]["cannot_hold"].values())) == (0, 2)
        else:
            rows = tmp_path / name
            found = preview_import(rows if name == "parquet" else next(rows.glob("*.jsonl")))
            assert (found.fitting, done["report"]["rows"]) == (2, 2), name


def test_the_report_says_what_the_format_cannot_hold(ada):
    report = made(ada, "trl", neutral="drop")["report"]
    assert (report["neutral_policy"], report["labels"]) == ("solutions with a neutral step are left out", "final")
    assert "pictures" in report["left_out"]
    assert report["cannot_hold"] == {"pictures": 2}
    assert report["disputed"] == 2
    assert json.loads(report["sample"]).keys() >= {"prompt", "completions", "labels"}


def test_what_is_chosen_narrows_it(ada, run, labelled):
    def rows(**asked):
        return made(ada, "visualprocessbench", **asked)["report"]["rows"]

    assert rows(queue=labelled["queue"]) == rows(project=labelled["project"]) == 2
    assert rows(project=labelled["project"], split=0) == 2
    assert rows(project=labelled["project"], evaluation=True) == 1
    assert (rows(policy_model="p"), rows(policy_model="q"), rows(data_source="q")) == (2, 0, 0)
    assert (rows(stage="blind"), rows(stage="revealed")) == (2, 0)
    assert (rows(min_agreement=0.0), rows(min_agreement=1.0)) == (2, 0)
    assert (rows(labels="person:mei"), rows(labels="all"), rows(labels="file:x")) == (2, 4, 0)
    assert (rows(kind="run", of=run.id), rows(kind="problem", of=run.problem_id)) == (2, 2)
    found = made(ada, "visualprocessbench", labels="person:mei", stage="blind")
    assert found["choice"] == {"labels": "person:mei", "stage": "blind"}


def test_no_field_of_the_choice_is_forgotten():
    """Every one that the command line has can be asked for, and does something."""
    asked = {
        "project": "a", "queue": "b", "split": 1, "evaluation": True, "labels": "monte_carlo:p", "stage": "blind",
        "wrong_to": 0.2, "correct_from": 0.8, "agrees_with": "h", "agreement_threshold": 0.6, "subset": 0.1,
        "data_source": "c", "policy_model": "d", "reward_model": "f", "min_agreement": 0.5, "neutral": "drop",
        "license": "mit", "kind": "run", "of": "e", "solutions": ["g"],
    }  # fmt: skip
    assert asked.keys() == ExportBody.model_fields.keys() - {"format"}
    choice, nothing = as_choice(asked), ExportChoice()
    assert [each.name for each in fields(choice) if getattr(choice, each.name) == getattr(nothing, each.name)] == []
    assert choice.neutral is Neutral.DROP
    assert choice.labels.thresholds == ShareThresholds(wrong_to=0.2, correct_from=0.8)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"format": "nothing"}, 400),
        ({"format": "trl", "neutral": "keep"}, 400),
        ({"format": "trl", "labels": "person:"}, 400),
        ({"format": "trl", "split": 1}, 400),
        ({"format": "trl", "subset": 0.1}, 400),
        ({"format": "trl", "agreement_threshold": 0.1}, 400),
        ({"format": "trl", "kind": "run"}, 400),
        ({"format": "full", "labels": "all"}, 400),
        ({"format": "trl", "project": "none"}, 404),
        ({"format": "trl", "queue": "none"}, 404),
        ({"format": "trl", "kind": "run", "of": "none"}, 404),
        ({"format": "trl", "min_agreement": 2}, 422),
        ({"format": "trl", "neutral": "maybe"}, 422),
        ({}, 422),
    ],
)
def test_what_cannot_be_made_is_refused_at_once(ada, asked, status):
    assert ada.post("/exports", json=asked).status_code == status
    assert ada.get("/exports").json() == {"exports": []}


def test_it_is_told_whose_labels_and_scores_there_are(ada, store):
    names = ada.get("/exports/names").json()
    assert [each["solutions"] for each in names["people"]] == [2, 2]
    assert (names["files"], names["policies"]) == ([], [])
    for source in ("geo", "sums"):  # of two data sources, one name
        _problem, (solution,) = add_problem(store, source, ["One.", "Two."], source=source)
        store.runs.add_rollout_labels([measured(solution, (1, 4), (0, 4), policy="pol")])
        store.runs.add_imported_row(ImportedRow(solution_id=solution, source="checker", labels=(Label.CORRECT,) * 2))
        score_again(store, solution, "prm", [0.5, 0.5])
    found = ada.get("/exports/names").json()
    assert found["policies"] == [{"name": "pol", "solutions": 2}]
    assert found["files"] == [{"name": "checker", "solutions": 2}]
    assert {"name": "prm", "solutions": 2} in found["reward_models"]
    for each in found["people"]:
        assert made(ada, "csv", labels=f"person:{each['name']}")["report"]["rows"] == 2


def test_an_archive_is_its_owners_only_and_goes_when_it_is_removed(ada, store):
    done = made(ada, "visualprocessbench")
    folder = store.data_dir / "transfers" / done["id"]
    assert {path.name for path in folder.iterdir()} - {".lock"} == {"job.json", "report.json", "export.zip"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert ada.get(f"/imports/{done['id']}").status_code == 404
    assert ada.delete(f"/exports/{done['id']}").status_code == 200
    assert ada.get(f"/exports/{done['id']}/file").status_code == 404
    assert not folder.exists()


def test_rows_of_files_come_out_as_they_went_in(ada):
    row = {"image": [], "question": "Q?", "answer": "1", "policy_model": "m", "data_source": "d", "id": 7}
    row["response"] = {"steps": ["S."], "process_correctness": [0]}
    imported(ada, sent(ada, lines(row), "test.jsonl"))
    with unpacked(ada, made(ada, "visualprocessbench", data_source="d")) as archive:
        assert json.loads(archive.read("test.jsonl")) == row
