"""Tokens of scripts: made, listed, used, revoked."""

import pytest

from engine.domain import Person
from storage import BadAccount, NotFound, Store
from storage.accounts.api_tokens import MAX_TOKENS


def test_a_token_works_until_it_is_revoked(store: Store, ada: Person) -> None:
    new = store.accounts.add_token(ada, " nightly  export ")
    assert new.secret.startswith("vp_")
    assert new.secret.startswith(new.token.prefix)
    assert (new.token.title, len(new.token.prefix), new.token.used_at) == ("nightly export", 8, None)
    found = store.accounts.find_by_token(new.secret)
    assert found is not None
    assert found.name == "Ada"
    (listed,) = store.accounts.list_tokens(ada)
    assert listed.used_at is not None
    store.accounts.revoke_token("Ada", ada, new.token.id)
    assert store.accounts.find_by_token(new.secret) is None
    assert store.accounts.list_tokens(ada)[0].revoked_at is not None
    with pytest.raises(NotFound, match="no active token"):
        store.accounts.revoke_token("Ada", ada, new.token.id)
    assert [(each.kind.value, each.detail) for each in store.accounts.list_audit_log(2)] == [
        ("token_revoked", "nightly export"),
        ("token_made", "nightly export"),
    ]


def test_a_token_needs_a_title_and_there_is_an_end_to_them(store: Store, ada: Person) -> None:
    with pytest.raises(BadAccount, match="what the token is for"):
        store.accounts.add_token(ada, "  ")
    for number in range(MAX_TOKENS):
        store.accounts.add_token(ada, str(number))
    with pytest.raises(BadAccount, match="has 50 tokens"):
        store.accounts.add_token(ada, "one more")
