"""Addresses that are one visitor's, and those that are not."""

import pytest
from starlette.requests import HTTPConnection

from visualprm_ui.access.identity import Identity
from visualprm_ui.access.visitor_address import address_of_line, visitor_address


@pytest.mark.parametrize(
    ("host", "line"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),  # the same visitor on a socket for both
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_address_belongs_to_a_line(host, line):
    """Each of the 2^64 addresses of one line had limits of its own: pictures, runs, turns and wrong passwords."""
    assert address_of_line(host) == line


def request(host: str) -> HTTPConnection:
    return HTTPConnection({"type": "http", "headers": [], "client": (host, 1)})


def test_whoever_changes_the_address_within_a_line_stays_the_same_owner():
    one, other, elsewhere = (
        Identity("secret").authenticate(request(host)).address
        for host in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")
    )
    assert one == other != elsewhere
    assert visitor_address(HTTPConnection({"type": "http", "headers": [], "client": None})) == ""
