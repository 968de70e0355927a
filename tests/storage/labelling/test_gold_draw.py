"""At which places of people's lists hidden gold items come."""

import hashlib

import pytest

from engine.domain import Label
from storage import GoldItem, Store, TaskRole
from storage.labelling.gold_draw import is_gold_position
from storage.labelling.queue_rules import QueueRules, read_rules
from tests.support.store_projects import add_solutions, open_project, work

ADA, BOB = "ada", "bob"
RIGHT = (Label.CORRECT, Label.CORRECT)


def drawn(rules: QueueRules, who: str, blocks: int = 8) -> list[int]:
    return [place for place in range(blocks * rules.options.gold_every) if is_gold_position(rules, who, place)]


@pytest.fixture
def rules(store: Store) -> QueueRules:
    queue = open_project(store, 1, overlap=1)
    with store.database.read() as connection:
        return read_rules(connection, queue)


def test_one_place_of_every_ten_is_drawn_and_stays(rules: QueueRules) -> None:
    places = drawn(rules, ADA)
    assert [place // 10 for place in places] == list(range(8))
    assert len({place % 10 for place in places}) > 1  # not the same place of each ten
    assert drawn(rules, ADA) == places  # a reload does not draw anew


def test_a_project_says_of_how_many_items_one_is_gold(store: Store) -> None:
    queue = open_project(store, 20, overlap=1, gold_every=4)
    gold = add_solutions(store, 5)
    store.projects.add_gold(queue, TaskRole.GOLD, [GoldItem(solution_id=each, labels=RIGHT) for each in gold])
    done = work(store, queue, ADA, most=20)
    assert [place // 4 for place, task in enumerate(done) if task.solution_id in gold] == [0, 1, 2, 3, 4]


def test_people_cannot_warn_each_other(rules: QueueRules) -> None:
    assert drawn(rules, ADA) != drawn(rules, BOB)


def test_where_gold_comes_cannot_be_worked_out_from_what_an_annotator_knows(store: Store) -> None:
    """The places followed from the queue's id, the name and the place: all known to the annotator, the rule to everybody."""
    queue = open_project(store, 80, overlap=1)
    gold = add_solutions(store, 9)
    store.projects.add_gold(queue, TaskRole.GOLD, [GoldItem(solution_id=each, labels=RIGHT) for each in gold])
    done = work(store, queue, ADA, most=80)
    met = [place for place, task in enumerate(done) if task.solution_id in gold]
    assert len(met) == 8
    worked_out = []
    for block in range(8):
        digest = hashlib.sha256(f"{queue}/{ADA}/{block}".encode()).digest()
        worked_out.append(10 * block + int.from_bytes(digest[:4]) % 10)
    assert met != worked_out
