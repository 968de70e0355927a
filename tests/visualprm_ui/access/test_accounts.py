"""What of a Hugging Face session is believed; who gets in with it is in tests/visualprm_ui/api/test_account.py."""

import pytest

from visualprm_ui.access.accounts import read_hub_account

NOW = 1_700_000_000
USER = {"sub": "42", "preferred_username": "ada"}


def test_an_account_is_signed_in_until_its_session_expires() -> None:
    session = {"oauth_info": {"userinfo": USER, "expires_at": NOW + 1}}
    assert read_hub_account(session, NOW) == ("42", "ada")
    assert read_hub_account(session, NOW + 1) is None
    assert read_hub_account(session, NOW + 2) is None


@pytest.mark.parametrize(
    "session",
    [
        {},
        {"oauth_info": None},
        {"oauth_info": {"userinfo": USER}},
        {"oauth_info": {"expires_at": NOW + 1}},
        {"oauth_info": {"userinfo": USER, "expires_at": "tomorrow"}},
        {"oauth_info": {"userinfo": "ada", "expires_at": NOW + 1}},
        {"oauth_info": {"userinfo": {"sub": "42"}, "expires_at": NOW + 1}},
        {"oauth_info": {"userinfo": {"preferred_username": "ada"}, "expires_at": NOW + 1}},
        {"oauth_info": {"userinfo": USER | {"sub": 42}, "expires_at": NOW + 1}},
    ],
)
def test_a_session_that_does_not_say_who_or_until_when_is_nobodys(session: dict[str, object]) -> None:
    assert read_hub_account(session, NOW) is None
