"""Whose a run is: limits, who stops it, whose pictures it shows, and what becomes of it when its page is gone.

Covers visualprm_ui/use_cases/run_control.py, visualprm_ui/use_cases/run_places.py, visualprm_ui/use_cases/live_runs.py.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from engine import InvalidRequest
from engine.domain import Person, Role
from storage import NotFound
from tests.support.scripted import scripted_engine
from tests.support.waiting import awaited
from tests.visualprm_ui.conftest import png
from tests.visualprm_ui.use_cases.test_run_control import TEXTS, ask, end_of
from visualprm_ui.access.identity import ANONYMOUS, Principal
from visualprm_ui.use_cases import live_runs, run_places
from visualprm_ui.use_cases.run_control import NotOwner
from visualprm_ui.use_cases.run_places import MOST_RUNS_OF_STRANGERS
from visualprm_ui.use_cases.workbench import Workbench


def guest(name="guest-1", address="10.0.0.1"):
    return Principal(name=name, display_name=name, role=None, address=address)


def person(name, role=Role.ANNOTATOR):
    return Principal(name=name, display_name=name, role=role, address="10.0.0.1")


@pytest.fixture
def held(store):
    """A workbench whose runs wait for a gate, and the gate."""
    gate = threading.Event()
    with scripted_engine(TEXTS, gate=gate) as engine:
        yield Workbench(store, engine), gate
        gate.set()


def test_only_its_owner_or_an_admin_stops_a_run(held):
    """A guest could stop anybody's run."""
    workbench, gate = held
    runs = workbench.runs
    run_id = runs.start(ask(workbench), person("mei"))
    for other in (guest(), person("tom"), guest("mei-2")):
        with pytest.raises(NotFound, match="that you may open"):
            runs.stop(run_id, other)
    workbench.store.runs.set_shared(run_id, shared=True)
    for other in (guest(), person("tom"), person("ada", Role.REVIEWER), guest("mei-2")):
        with pytest.raises(NotOwner, match="somebody else's"):
            runs.stop(run_id, other)
    assert runs.stop(run_id, person("mei"))
    of_guest = runs.start(ask(workbench), guest())
    with pytest.raises(NotFound):
        runs.stop(of_guest, guest("guest-2"))
    assert runs.stop(of_guest, person("ada", Role.ADMIN))
    bare = runs.start(ask(workbench), guest(ANONYMOUS, "10.0.0.7"))
    with pytest.raises(NotOwner):
        runs.stop(bare, guest(ANONYMOUS, "10.0.0.8"))
    assert runs.stop(bare, guest(ANONYMOUS, "10.0.0.7"))
    gate.set()


def test_a_strangers_address_has_a_limit_that_a_new_cookie_does_not_lift(held):
    workbench, _ = held
    for number in range(MOST_RUNS_OF_STRANGERS):
        workbench.runs.start(ask(workbench), guest(f"guest-{number}"))
    with pytest.raises(InvalidRequest, match=f"You have {MOST_RUNS_OF_STRANGERS} runs in progress"):
        workbench.runs.start(ask(workbench), guest("guest-new"))
    workbench.runs.start(ask(workbench), guest("guest-new", "10.0.0.2"))
    workbench.runs.start(ask(workbench), person("mei"))


@pytest.mark.parametrize("principal", [guest(), person("mei")])
def test_requests_at_the_same_time_do_not_pass_the_limit_together(held, monkeypatch, principal):
    """The limit was checked, pictures were decoded, and only then did the run count: all of several requests passed."""
    workbench, _ = held
    monkeypatch.setattr(run_places, "MOST_RUNS", MOST_RUNS_OF_STRANGERS)
    asked, tries = ask(workbench), 2 * MOST_RUNS_OF_STRANGERS
    everybody = threading.Barrier(tries)  # all have been checked before the first goes on
    open_pictures = workbench.runs.open_pictures

    def open_when_all_are_checked(*args):
        everybody.wait(60)
        return open_pictures(*args)

    def start(_):
        try:
            return workbench.runs.start(asked, principal)
        except InvalidRequest:
            everybody.wait(60)
            return None

    monkeypatch.setattr(workbench.runs, "open_pictures", open_when_all_are_checked)
    with ThreadPoolExecutor(tries) as pool:
        started = [run for run in pool.map(start, range(tries)) if run is not None]
    assert len(started) == MOST_RUNS_OF_STRANGERS


def test_what_could_not_start_takes_no_place(held):
    workbench, _ = held
    unknown = replace(ask(workbench), images=("0" * 64,))
    for _ in range(MOST_RUNS_OF_STRANGERS + 1):
        with pytest.raises(NotFound):
            workbench.runs.start(unknown, guest())
    for _ in range(MOST_RUNS_OF_STRANGERS):
        workbench.runs.start(ask(workbench), guest())


def test_a_run_whose_end_is_told_takes_no_place(store, monkeypatch):
    """Whoever asked again the moment a run ended was told that as many are in progress as may be."""
    is_over, consume = threading.Event(), live_runs.LiveRun.consume

    def consume_slowly(run):
        consume(run)
        is_over.wait(60)

    monkeypatch.setattr(live_runs.LiveRun, "consume", consume_slowly)
    with scripted_engine(["Final answer: 5"]) as engine:
        workbench = Workbench(store, engine)
        for _ in range(MOST_RUNS_OF_STRANGERS + 1):
            assert end_of(workbench, workbench.runs.start(ask(workbench), guest()))["state"] == "done"
        is_over.set()


def test_a_strangers_run_ends_when_no_page_follows_it(held, monkeypatch):
    """Abandoned runs of N = 128 were computed to their end, one after the other."""
    workbench, gate = held
    monkeypatch.setattr(live_runs, "ABANDONED_SECONDS", -1.0)
    abandoned = workbench.runs.start(ask(workbench), guest())
    kept = workbench.runs.start(ask(workbench), person("mei"))
    awaited(lambda: workbench.runs._live.get(abandoned)._job.is_stop_asked())
    gate.set()
    assert end_of(workbench, abandoned)["state"] == "stopped"
    assert end_of(workbench, kept)["state"] == "done"


def test_a_guests_run_goes_on_without_a_page_once_they_have_signed_in(held, monkeypatch):
    workbench, gate = held
    given = workbench.runs.start(ask(workbench), guest())
    others = workbench.runs.start(ask(workbench), guest("guest-2"))
    workbench.runs.give(guest(), Person(name="mei", display_name="mei", role=Role.ANNOTATOR))
    monkeypatch.setattr(live_runs, "ABANDONED_SECONDS", -1.0)
    awaited(lambda: workbench.runs._live.get(others)._job.is_stop_asked())
    assert not workbench.runs._live.get(given)._job.is_stop_asked()
    with pytest.raises(NotFound):
        workbench.runs.stop(given, guest())
    gate.set()
    assert end_of(workbench, given)["state"] == "done"
    assert end_of(workbench, others)["state"] == "stopped"


def test_a_strangers_run_goes_on_while_it_is_asked_for_without_a_page(held):
    """Over REST it was ended after 30 seconds, however often it was asked for."""
    workbench, gate = held
    run_id = workbench.runs.start(ask(workbench), guest())
    live = workbench.runs._live.get(run_id)
    live._followed -= live_runs.ABANDONED_SECONDS / 2  # not abandoned yet: its own thread would stop it
    before = live._followed
    assert workbench.runs.look_at(run_id, guest())["state"] in ("queued", "running")
    assert live._followed > before
    assert not live._is_abandoned()
    gate.set()
    assert end_of(workbench, run_id)["state"] == "done"


def test_a_strangers_run_goes_on_while_a_page_follows_it(held):
    workbench, gate = held
    run_id = workbench.runs.start(ask(workbench), guest())
    following = workbench.runs.follow(run_id)
    live = workbench.runs._live.get(run_id)
    before = live._followed
    next(following)
    assert live._followed > before
    assert not live._is_abandoned()
    gate.set()
    assert list(following)[-1]["state"] == "done"


def test_a_run_belongs_to_its_principal_and_of_those_who_cannot_be_told_apart_is_shared(held):
    workbench, _ = held
    get = workbench.store.runs.get_run
    for principal, maker in ((person("mei"), "mei"), (guest(), "guest-1"), (guest(ANONYMOUS), None)):
        run = get(workbench.runs.start(ask(workbench), principal)).run
        assert (run.made_by, run.shared_at is not None) == (maker, maker is None)


def test_a_picture_that_one_may_not_see_is_refused_as_unknown(held):
    workbench, _ = held
    form = replace(ask(workbench), images=(workbench.store.images.add(png("red"), "mei").sha,))
    unknown = replace(form, images=("0" * 64,))
    said = []
    for asked in (form, unknown):
        with pytest.raises(NotFound) as refusal:
            workbench.runs.start(asked, guest())
        said.append(str(refusal.value).replace(asked.images[0], "SHA"))
    assert said[0] == said[1]
    assert workbench.store.runs.list_runs() == ()
    workbench.runs.start(form, person("mei"))
