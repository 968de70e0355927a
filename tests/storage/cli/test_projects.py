"""python -m storage projects, as a person or a script runs it.

Covers storage/cli/projects.py and storage/cli/project_changes.py.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain import Label, Run
from storage import GoldItem, Store, TaskRole
from storage.__main__ import main
from tests.support.storage_command import run
from tests.support.store_accounts import add_person
from tests.support.store_projects import add_solutions, open_project, take, work

pytestmark = pytest.mark.sqlite


def test_projects_are_made_filled_and_followed_by_scripts(
    labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ("--data-dir", labelled)
    run("export", "--format", "visualprocessbench", tmp_path / "OUT", *here, capsys=capsys)
    make = ("projects", "add", "P", "--from-import", tmp_path / "OUT", "--overlap", 2, "--order", "random")
    code, made = run(*make, *here, capsys=capsys)
    assert (code, made["added"], made["total"], made["quiz"]) == (0, 1, 1, 0)
    code, everything = run("projects", "add", "Q", *here, capsys=capsys)
    assert (code, everything["added"]) == (0, 3)  # the run's two and the imported one
    (listed, _first) = run("projects", "list", *here, capsys=capsys)[1]["projects"]  # type: ignore[misc]
    assert listed == {
        "project": everything["project"],
        "title": "Q",
        "archived": False,
        "members_only": False,
        "queues": f"{everything['queue']} (3)",
    }
    code, report = run("projects", "gold", made["queue"], "--from-import", tmp_path / "OUT", *here, capsys=capsys)
    assert (code, report) == (0, {"role": "gold", "added": 1})
    code, report = run("projects", "gold", made["queue"], *here, capsys=capsys)
    assert (code, str(report["error"]).startswith("No solution was named.")) == (2, True)
    draw = ("projects", "gold", everything["queue"], "--draw", 1, "--data-source", "test")
    code, report = run(*draw, *here, capsys=capsys)
    assert (code, report["added"], len(report["solutions"])) == (0, 1, 1)  # type: ignore[arg-type]
    code, report = run(*draw, "--solutions", "x", *here, capsys=capsys)
    assert (code, str(report["error"]).startswith("--draw chooses the solutions itself")) == (2, True)
    code, report = run("projects", "progress", made["queue"], *here, capsys=capsys)
    assert (code, report["total"], report["done"], report["labels_an_hour"], report["gold"]) == (0, 0, 0, None, [])
    code, report = run("projects", "add", "R", "--overlap", 0, *here, capsys=capsys)
    assert (code, "An overlap is 1 to 100 people, not 0" in str(report["error"])) == (2, True)
    for named in ("--runs", "--quiz"):
        code, report = run("projects", "add", "S", named, "no-such", *here, capsys=capsys)
        assert (code, "no-such" in str(report["error"])) == (2, True)
    titles = [each["title"] for each in run("projects", "list", *here, capsys=capsys)[1]["projects"]]  # type: ignore[attr-defined]
    assert "S" not in titles


def test_people_are_invited_into_a_project_and_find_it_once_they_join(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    add_solutions(store, 1)
    here = ("--data-dir", store.data_dir)
    _code, made = run("projects", "add", "Sums", "--members-only", *here, capsys=capsys)
    code, found = run("projects", "invite", made["project"], "Eve", "gus", "eve", "a/b", *here, capsys=capsys)
    assert (code, [each["name"] for each in found["invited"]]) == (2, ["Eve", "gus"])  # not all of it was done
    assert {each["role"] for each in found["invited"]} == {"annotator"}
    assert set(found["refused"]) == {"eve", "a/b"}
    assert str(found["refused"]["eve"]).startswith("'eve' is the same name as 'Eve'")
    token = str(found["invited"][0]["path"]).partition("#")[2]
    store.accounts.accept_invitation(token, "correct horse battery", "Eve")
    (queue,) = store.projects.list_queues(str(made["project"]))
    assert store.labelling.next_task(queue.id, "Eve").solution_id
    assert store.projects.list_members(str(made["project"])) == ("Eve", "gus")
    code, found = run("projects", "invite", made["project"], "zoe", "zoe ", *here, capsys=capsys)
    assert (code, [each["name"] for each in found["invited"]], found["refused"]) == (0, ["zoe"], {})
    code, refused = run("projects", "invite", "nowhere", "ben", *here, capsys=capsys)
    assert (code, "nowhere" in str(refused["error"])) == (2, True)


def test_a_project_of_members_is_made_and_changed(
    store: Store, add_run: Callable[..., Run], capsys: pytest.CaptureFixture[str]
) -> None:
    add_run()
    for name in ("mei", "tom"):
        add_person(store, name)
    where = ("--data-dir", store.data_dir)
    code, made = run(
        "projects", "add", "Sums", "--members-only", "--member", "mei", "--overlap", 1, *where, capsys=capsys
    )
    assert code == 0
    assert [len(store.labelling.list_queues(who)) for who in ("mei", "tom")] == [1, 0]
    expected = {"project": made["project"], "members_only": True, "added": 0, "released": 0, "members": ["mei"]}
    for which in ("project", "queue"):
        assert run("projects", "members", made[which], *where, capsys=capsys) == (0, expected)
    store.labelling.next_task(str(made["queue"]), "mei")
    changes = ("--add", "tom", "--remove", "mei")
    changed = expected | {"added": 1, "released": 1, "members": ["tom"]}
    assert run("projects", "members", made["queue"], *changes, *where, capsys=capsys) == (0, changed)
    assert [len(store.labelling.list_queues(who)) for who in ("mei", "tom")] == [0, 1]
    assert main(["projects", "members", str(made["project"]), "--add", "mei", "--remove", "zoe", *map(str, where)]) == 2
    assert "no account named 'zoe'" in capsys.readouterr().err
    assert store.projects.list_members(str(made["project"])) == ("tom",)
    assert main(["projects", "add", "Other", "--member", "zoe", *map(str, where)]) == 2
    assert len(store.projects.list_projects()) == 1


def test_a_project_is_changed_filled_and_emptied_by_scripts(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ("--data-dir", store.data_dir)
    queue = open_project(store, 2, overlap=2, quiz_pass=0.75)

    def tell(command: str, *words: object) -> dict[str, object]:
        code, report = run("projects", command, queue, *words, *here, capsys=capsys)
        assert code == 0, report
        return report

    changes = ("--new-title", "Renamed", "--paused", "--overlap", "everybody", "--quiz-pass", "none")
    changed = tell("change", *changes, "--gold-every", 5, "--no-blind", "--order", "random")
    assert (changed["title"], changed["paused"], changed["overlap"], changed["quiz_pass"]) == (
        "Renamed",
        True,
        None,
        None,
    )
    assert (changed["gold_every"], changed["blind"], changed["order"], changed["archived"]) == (
        5,
        False,
        "random",
        False,
    )
    again = tell("change", "--no-paused", "--archived")
    assert (again["paused"], again["archived"], again["gold_every"]) == (False, True, 5)
    assert tell("change", "--no-archived")["archived"] is False
    add_solutions(store, 3)
    assert tell("fill", "--data-source", "test", "--dry-run")["would_be_added"] == 3
    assert tell("fill", "--all")["total"] == 5
    code, refused = run("projects", "fill", queue, *here, capsys=capsys)
    assert (code, str(refused["error"]).startswith("Say which solutions to add")) == (2, True)
    held = take(store, queue, "ada")
    assert tell("remove", "--policy-model", "nobody")["removed"] == 0
    assert tell("remove", "--data-source", "test")["removed"] == 4
    assert tell("release", "ada", "bob")["released"] == 1
    assert tell("remove")["contents"] == []
    assert store.results.get_solution(held.solution_id).queues == ()
    rules = tmp_path / "rules.md"
    rules.write_text("Read the picture first.", encoding="utf-8")
    assert tell("guideline")["own"] is False
    saved = tell("guideline", "--save", rules)
    assert (saved["version"], saved["own"]) == ("2", True)
    code, refused = run("projects", "guideline", queue, "--save", tmp_path / "none.md", *here, capsys=capsys)
    assert (code, "cannot be read as text" in str(refused["error"])) == (2, True)


def test_somebody_who_failed_the_quiz_may_try_again(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """The page told people to ask for it, and nobody could grant it."""
    queue = open_project(store, 1, overlap=1, quiz_pass=1.0)
    known = [GoldItem(solution_id=each, labels=(Label.CORRECT, Label.CORRECT)) for each in add_solutions(store, 1)]
    store.projects.add_gold(queue, TaskRole.QUIZ, known)
    work(store, queue, "mei", Label.WRONG)
    where = ("--data-dir", store.data_dir)
    code, shown = run("projects", "quiz", queue, *where, capsys=capsys)
    assert (code, shown["results"]) == (0, [{"annotator": "mei", "state": "failed", "right": 0, "steps": 2}])
    code, shown = run("projects", "quiz", queue, "--again", "mei", *where, capsys=capsys)
    assert (code, shown["again"], shown["results"]) == (0, 1, [])
    assert take(store, queue, "mei").is_quiz
    assert main(["projects", "quiz", queue, "--again", "nobody", *map(str, where)]) == 2
    assert "no finished quiz" in capsys.readouterr().err


def test_a_project_is_deleted_by_its_title(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    queue = open_project(store, 2, overlap=1)
    work(store, queue, "mei")
    where = ("--data-dir", store.data_dir)
    code, shown = run("projects", "delete", queue, *where, capsys=capsys)
    assert (code, shown["labels"], shown["deleted"]) == (0, 2, False)
    assert main(["projects", "delete", queue, "--title", "Another", *map(str, where)]) == 2
    assert "is not the title" in capsys.readouterr().err
    code, shown = run("projects", "delete", queue, "--title", "A project", *where, capsys=capsys)
    assert (code, shown["deleted"]) == (0, True)
    assert store.projects.list_projects(archived=True) == ()
