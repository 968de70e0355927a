"""Whose a run is, who may open it, and whose list has it."""

from contextlib import suppress
from pathlib import Path
from shutil import copytree

import pytest

from engine.domain import Problem, Run, Sampling, new_id
from storage import NotFound, Store, Viewer, open_store

MEI, TOM, NOBODY = Viewer(name="mei", may_label=True), Viewer(name="tom", may_label=True), Viewer()
ADA = Viewer(name="ada", may_label=True, sees_all=True)
OLD_STORE = Path(__file__).parents[1] / "database" / "version_0005.sqlite3"


@pytest.fixture
def runs(store: Store) -> dict[str, Run]:
    """A run of mei's, one of tom's that is shared, and one of nobody's that is not; the newest last."""
    made = {}
    for name, maker in (("mei", "mei"), ("tom", "tom"), ("nobody", None)):
        problem = Problem(question=name)
        store.runs.add_problem(problem)
        made[name] = Run(problem_id=problem.id, sampling=Sampling(), made_by=maker)
        store.runs.add_run(made[name])
    store.runs.set_shared(made["tom"].id, shared=True)
    return made


def opened(store: Store, runs: dict[str, Run], viewer: Viewer) -> set[str]:
    found = set()
    for name, run in runs.items():
        with suppress(NotFound):
            found.add(name if store.runs.get_open_run(run.id, viewer).id == run.id else "another")
    return found


def test_a_run_opens_for_its_maker_for_reviewers_and_once_it_is_shared_for_all(
    store: Store, runs: dict[str, Run]
) -> None:
    assert opened(store, runs, MEI) == {"mei", "tom"}
    assert opened(store, runs, TOM) == {"tom"}
    assert opened(store, runs, NOBODY) == {"tom"}
    assert opened(store, runs, ADA) == {"mei", "tom", "nobody"}
    store.runs.set_shared(runs["tom"].id, shared=False)
    assert opened(store, runs, MEI) == {"mei"}
    assert opened(store, runs, TOM) == {"tom"}


def test_a_list_has_ones_own_runs_and_for_reviewers_all(store: Store, runs: dict[str, Run]) -> None:
    """Sharing puts a run into nobody's list: its address is the key."""
    for viewer, names in ((MEI, ["mei"]), (TOM, ["tom"]), (NOBODY, []), (ADA, ["nobody", "tom", "mei"])):
        assert [each.problem.question for each in store.runs.list_runs(viewer=viewer)] == names
    (first,) = store.runs.list_runs(limit=1, viewer=ADA)
    assert [each.problem.question for each in store.runs.list_runs(before=first.run.id, viewer=ADA)] == ["tom", "mei"]


def test_a_run_that_is_not_shared_is_told_as_one_that_is_not_there(store: Store, runs: dict[str, Run]) -> None:
    theirs, none = runs["mei"].id, new_id()
    for ask in (
        lambda run_id: store.runs.get_open_run(run_id, TOM),
        lambda run_id: store.runs.list_runs(before=run_id, viewer=TOM),
    ):
        said = []
        for run_id in (theirs, none):
            with pytest.raises(NotFound, match="ask whoever made the run to share it") as error:
                ask(run_id)
            said.append(str(error.value).replace(run_id, "RUN"))
        assert said[0] == said[1]


def test_sharing_twice_keeps_the_first_time(store: Store, runs: dict[str, Run]) -> None:
    first = store.runs.get_open_run(runs["tom"].id, ADA).shared_at
    store.runs.set_shared(runs["tom"].id, shared=True)
    assert store.runs.get_open_run(runs["tom"].id, ADA).shared_at == first


def test_a_run_in_progress_stays_shared(store: Store, runs: dict[str, Run]) -> None:
    """Its thread writes the state that it began with."""
    store.runs.set_shared(runs["mei"].id, shared=True)
    store.runs.update_run(runs["mei"])
    assert store.runs.get_open_run(runs["mei"].id, TOM).shared_at is not None


@pytest.mark.sqlite
def test_runs_of_an_older_version_still_open_by_their_links(tmp_path: Path, empty_data: Path) -> None:
    folder = copytree(empty_data, tmp_path / "old")
    (folder / "workbench.sqlite3").write_bytes(OLD_STORE.read_bytes())
    with open_store(folder) as old:
        found = old.runs.list_runs()
        assert len(found) > 0
        assert all(old.runs.get_open_run(each.run.id, NOBODY).made_by is None for each in found)
        assert old.runs.list_runs(viewer=MEI) == ()
