"""Whose a network address is, for limits that hold for one visitor. Knows addresses; knows no route and no person.

An IPv6 line is given at least a /64, of whose 18,446,744,073,709,551,616 addresses a machine uses which it likes. Counted one by
one they would be as many visitors.
"""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.requests import HTTPConnection

_OF_A_LINE = 64  # bits of an IPv6 address that say which line it is


def visitor_address(request: HTTPConnection) -> str:
    """Return the address that the limits of whoever sends a request are counted under; "" where none is known."""
    return address_of_line(request.client.host) if request.client else ""


def address_of_line(host: str) -> str:
    """Return an IPv4 address as it is, an IPv6 address as its /64, anything else unchanged."""
    try:
        address = ip_address(host.split("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, _OF_A_LINE), strict=False))
