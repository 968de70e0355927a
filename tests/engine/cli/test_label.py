"""``python -m engine label``: what it writes, that it goes on where it was ended, and what can go wrong.

Covers engine/cli/label_folder.py, engine/cli/label_rows.py.
"""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from engine.__main__ import main
from engine.cli import label
from engine.errors import OutOfMemory
from engine.models.registry import NetworkPolicy
from storage.formats import visualprm400k, visualprm400k_raw
from tests.support.evaluate_command import write_lines
from tests.support.openai_server import OpenAIServer
from tests.support.pages import ROOT
from tests.support.served_models import Scripted
from tests.support.waiting import awaited

EXAMPLES = ROOT / "nano" / "examples" / "problems.jsonl"
FEW = ("--solutions", "2", "--completions", "4")
FILES = ("raw.jsonl", "conversations.jsonl")


@pytest.fixture
def problems(tmp_path):
    """Three problems of the examples, with their pictures."""
    rows = [json.loads(line) for line in EXAMPLES.read_text().splitlines()[:3]]
    return write_lines(
        tmp_path / "problems.jsonl", [row | {"image": str(EXAMPLES.parent / row["image"])} for row in rows]
    )


@pytest.fixture
def run(tmp_path, capsys, problems):
    """Run the command; return exit code, printed object (None: none), standard error."""

    def command(*options, output="out", given=problems):
        arguments = ["--input", str(given), "--output", str(tmp_path / output), *FEW, *options]
        code = main(["label", *arguments, "--json"])
        printed = capsys.readouterr()
        lines = printed.out.splitlines()
        return code, json.loads(lines[-1]) if lines else None, printed.err

    return command


def rows_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def written(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def test_both_forms_are_what_an_import_reads(run, tmp_path):
    code, report, error = run()
    assert code == 0
    raw, conversations = (rows_of(tmp_path / "out" / name) for name in FILES)
    assert len(raw) == len(conversations) == report["solutions"] == 6
    assert report["problems"] == 3
    read = [visualprm400k_raw.as_row(row) for row in raw]
    said = [visualprm400k.as_row(row) for row in conversations]
    for figures, verdicts, row in zip(read, said, raw, strict=True):
        assert figures.process_correctness == verdicts.process_correctness
        assert (figures.steps, figures.question, figures.answer) == (verdicts.steps, verdicts.question, verdicts.answer)
        assert (figures.policy_model, row["num_mc_sequences"]) == ("nano-policy", 4)
        assert row["response"] == "\n\n".join(figures.steps)
        assert (tmp_path / "out" / row["image"]).is_file()
        *others, last = row["steps_with_score"]
        assert {step["num_mc_total"] for step in others} == {4}
        assert last["num_mc_total"] == 1, "the solution itself"
        assert all(step["score"] == step["num_mc_correct"] / step["num_mc_total"] for step in others)
    steps = sum(len(row["steps_with_score"]) for row in raw)
    assert sum(report["labels"].values()) == report["steps"] == steps
    assert report["completions"] == report["reached"] + report["missed"] + report["cut_off"] + report["unread"]
    assert "3 problems x 2 solutions, 4 completions" in error
    assert "3 problems take about" in error
    assert {row["data_source"] for row in raw} == {"nano_prices", "nano_bars", "nano_angles"}


def test_started_again_it_does_nothing_twice(run, tmp_path, monkeypatch):
    _, report, _ = run()
    before = written(tmp_path / "out")
    monkeypatch.setattr(NetworkPolicy, "open_completions", lambda *given: pytest.fail("labelled again"))
    code, again, error = run()
    assert (code, written(tmp_path / "out")) == (0, before)
    assert again == report
    assert "3 are labelled already" in error


def test_ended_in_the_middle_it_comes_to_the_same_bytes(run, tmp_path, monkeypatch):
    run(output="whole")
    opened = NetworkPolicy.open_completions
    calls = []

    def open_some(self, images, question, sampling):
        calls.append(question)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return opened(self, images, question, sampling)

    monkeypatch.setattr(NetworkPolicy, "open_completions", open_some)
    code, _, error = run()
    assert code == 1
    assert "the same command goes on from there" in error
    assert len(rows_of(tmp_path / "out" / "raw.jsonl")) == 2, "what is finished stays"
    assert run()[0] == 0
    assert len(calls) == len(set(calls)) + 1, "only the one that was ended is begun again"
    assert written(tmp_path / "out") == written(tmp_path / "whole")


@pytest.mark.kills
def test_killed_it_goes_on_and_comes_to_the_same_bytes(tmp_path, problems):
    def start(output):
        arguments = ["--input", str(problems), "--output", str(tmp_path / output), *FEW]
        return subprocess.Popen([sys.executable, "-m", "engine", "label", *arguments], cwd=ROOT)

    assert start("whole").wait() == 0
    process = start("out")
    journal = tmp_path / "out" / "labelled.jsonl"
    awaited(lambda: (journal.is_file() and journal.read_bytes().count(b"\n") >= 2) or process.poll() is not None)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with journal.open("ab") as file:
        file.write(b'{"problem": 3, "dig')  # as a kill in the middle of a line leaves it
    assert start("out").wait() == 0
    assert written(tmp_path / "out") == written(tmp_path / "whole")


def test_shards_put_together_are_the_whole(run, tmp_path):
    run(output="whole")
    parts = []
    for part in ("1", "2"):
        assert run("--shard", f"{part}/2", output=part)[0] == 0
        parts += rows_of(tmp_path / part / "raw.jsonl")
    whole = rows_of(tmp_path / "whole" / "raw.jsonl")
    assert sorted(map(json.dumps, parts)) == sorted(map(json.dumps, whole))
    assert run("--shard", "2/2", output="1")[0] == 0
    assert written(tmp_path / "1") == written(tmp_path / "whole"), "one after another in one folder"


def test_first_success_gives_the_same_labels_for_less(run, tmp_path):
    reports = {mode: run("--mode", mode, output=mode)[1] for mode in ("every", "first-success", "first-error")}
    rows = {mode: rows_of(tmp_path / mode / "conversations.jsonl") for mode in reports}
    assert rows["first-success"] == rows["every"]
    assert reports["first-success"]["completions"] < reports["every"]["completions"]
    assert reports["first-error"]["completions"] < reports["every"]["completions"]
    assert {row["mc_mode"] for row in rows_of(tmp_path / "first-error" / "raw.jsonl")} == {"first-error"}
    assert "mc_mode" not in rows_of(tmp_path / "every" / "raw.jsonl")[0]


def test_a_plan_is_made_of_a_measured_sample_and_nothing_of_it_is_lost(run, tmp_path, monkeypatch):
    monkeypatch.setattr(label, "SAMPLE_SECONDS", 0.01)
    code, plan, error = run("--plan")
    assert code == 0
    assert plan.keys() == {
        *("problems", "measured_on", "completions", "tokens", "seconds"),
        *("failed", "output"),
    }
    assert (plan["problems"], plan["measured_on"]) == (3, 1)
    assert plan["completions"] > 8
    assert plan["tokens"] > 100
    assert "3 problems take about" in error
    assert run()[0] == 0
    run(output="whole")
    assert written(tmp_path / "out") == written(tmp_path / "whole")


@pytest.mark.parametrize(
    ("option", "named"), [(("--seed", "1"), "seed 0, now 1"), (("--mode", "first-success"), "mode 'every'")]
)
def test_other_settings_are_refused(run, option, named):
    assert run()[0] == 0
    code, _, error = run(*option)
    assert code == 1
    assert named in error
    assert "name another --output" in error


def test_another_problem_of_the_same_id_is_refused(run, tmp_path, problems):
    assert run()[0] == 0
    rows = rows_of(problems)
    rows[1]["answer"] = "24"
    code, _, error = run(given=write_lines(tmp_path / "changed.jsonl", rows))
    assert code == 1
    assert "has labels of another problem 2" in error


def test_two_at_once_in_one_folder_are_refused(run, tmp_path):
    import fcntl

    (tmp_path / "out").mkdir()
    with (tmp_path / "out" / "labelled.jsonl").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, _, error = run()
    assert code == 1
    assert "Another process is labelling" in error


def test_a_problem_that_cannot_be_labelled_is_told_and_the_others_are(run, tmp_path, problems):
    rows = rows_of(problems)
    given = [
        rows[0],
        {"question": "What?", "answer": " \n"},
        rows[1] | {"image": "nowhere.png"},
        "no row",
        {"question": "word " * 9000, "answer": "1"},
        {"question": "What?", "answer": " "},
    ]
    code, report, error = run(given=write_lines(tmp_path / "bad.jsonl", given))
    assert code == 1
    assert (report["problems"], report["failed"]) == (1, 5)
    assert "line 2: it has no 'answer'" in error
    assert "line 6: it has no 'answer'" in error, "a blank one: every step would be wrong"
    assert "line 3: there is no picture" in error
    assert "line 4: not a row" in error
    assert "line 5: The question is too long" in error


def test_a_device_without_room_for_one_problem_costs_that_one(run, monkeypatch):
    opened = NetworkPolicy.open_completions

    def open_some(self, images, question, sampling):
        if "gray bar" in question:
            raise OutOfMemory("The memory of 'cpu' is not enough for this request.")
        return opened(self, images, question, sampling)

    monkeypatch.setattr(NetworkPolicy, "open_completions", open_some)
    code, report, error = run()
    assert (code, report["problems"], report["failed"]) == (1, 2, 1)
    assert "line 2: The memory of 'cpu' is not enough" in error


def test_a_model_that_never_ends_gives_no_label_to_what_is_not_finished(run, tmp_path):
    """Every solution is cut off in its first step: there is nothing to label, and the report says so."""
    code, report, _ = run("--max-new-tokens", "3")
    assert code == 0
    assert report["unfinished_solutions"] == 6
    assert report["labels"] == {"correct": 0, "wrong": 0, "none": report["steps"]}
    assert rows_of(tmp_path / "out" / "conversations.jsonl") == []
    assert all(
        step["num_mc_total"] == 0 for row in rows_of(tmp_path / "out" / "raw.jsonl") for step in row["steps_with_score"]
    )


def test_a_served_policy_labels_too_and_what_it_drops_is_counted(run, tmp_path, problems):
    texts = ("One bar is 8.\n\nFinal answer: 80", "No.\n\nFinal answer: 2")
    with OpenAIServer(Scripted(*texts)) as server:
        server.script.drops = 1
        code, report, _ = run("--policy", server.address)
        assert code == 0
        assert report["repeated"] == 1
        bodies = server.chats()
        assert [body["messages"][-1]["content"] for body in bodies if "continue_final_message" in body]
        assert {body["temperature"] for body in bodies} == {1.0}
        assert {body["top_k"] for body in bodies} == {50}
    row = rows_of(tmp_path / "out" / "raw.jsonl")[0]
    assert [step["num_mc_total"] for step in row["steps_with_score"]] == [4, 1]
    assert row["steps_with_score"][0]["num_mc_correct"] == 2, "every other completion states the answer"


def test_a_wait_that_a_server_asks_for_is_told_and_what_it_took(run):
    with OpenAIServer(Scripted("A.\n\nFinal answer: 1")) as server:
        server.script.answers = [(429, {"retry-after": "1"}, b"{}")]
        code, _, error = run("--policy", server.address, "--token-prices", "*=1000000/1000000")
    assert code == 0
    read, written, cost = re.search(
        r"tiny-internvl: (\d+) tokens read and (\d+) written, cost (\d+)\.00\n", error
    ).groups()
    assert int(cost) == int(read) + int(written) > 0
    assert len(re.findall("waiting [12] s: the server's rate limit\n", error)) == 1


def test_a_server_that_is_gone_stops_it_and_what_is_labelled_stays(run, tmp_path):
    with OpenAIServer(Scripted("A.\n\nFinal answer: 1")) as server:
        address = server.address
    code, report, error = run("--policy", address)
    assert (code, report) == (1, None)
    assert "does not answer" in error
