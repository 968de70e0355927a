"""Members of a project as an admin lists, adds and removes them. What follows from it: tests/storage/labelling/test_audience.py."""

import pytest

from storage import NotFound, Store
from tests.support.store_accounts import add_person
from tests.support.store_projects import open_project


@pytest.fixture
def project(store: Store) -> str:
    for name in ("Mei", "tom"):
        add_person(store, name)
    open_project(store)
    (made,) = store.projects.list_projects()
    return made.id


def test_members_are_people_by_whatever_capitals(store: Store, project: str) -> None:
    assert [store.projects.add_member(project, name) for name in ("tom", "MEI", "mei")] == [True, True, False]
    assert store.projects.list_members(project) == ("Mei", "tom")
    assert store.projects.remove_member(project, "mei") == 0
    assert store.projects.list_members(project) == ("tom",)


def test_what_is_not_there_is_said(store: Store, project: str) -> None:
    with pytest.raises(NotFound, match="no person 'tmo'"):
        store.projects.add_member(project, "tmo")
    with pytest.raises(NotFound, match="'Mei' is no member"):
        store.projects.remove_member(project, "mei")
    for ask in (
        lambda: store.projects.list_members("none"),
        lambda: store.projects.add_member("none", "tom"),
        lambda: store.projects.remove_member("none", "tom"),
    ):
        with pytest.raises(NotFound, match="no project 'none'"):
            ask()
