"""People with accounts in a store, without the passwords and invitations that REST's tests need."""

from engine.domain import Person, Role
from storage import Store
from storage.accounts import people


def add_person(store: Store, name: str, role: Role = Role.ANNOTATOR) -> Person:
    person = Person(name=name, display_name=name, role=role)
    with store.database.write() as connection:
        people.add_person(connection, person)
    return person
