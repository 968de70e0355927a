"""Which hosts a model server may be on: told of the addresses that a name resolves to, at every request, not of the name.

A name can lead anywhere, and elsewhere at the next request, and one address has many spellings (``http://2852039166``,
``[::ffff:169.254.169.254]``). So the name is resolved here, every address is checked, and the connection goes to a checked one.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from engine.errors import LoadError

IPAddress = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]  # host and port -> addresses, as text

_NAT64 = ip_network("64:ff9b::/96")  # the last 32 bits are an IPv4 address
# Where clouds tell a machine its own secrets, other than at link-local addresses.
_METADATA_IPV6 = ("fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42")  # Google, Oracle, Scaleway
_METADATA_OF_AMAZON = ip_network("fd00:ec2::/32")  # the machine's own, and those of its containers
_METADATA = frozenset(map(ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", *_METADATA_IPV6)))


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRule:
    """Which addresses are asked. Link-local ones, and those of clouds' metadata, never are."""

    allows_private: bool = True  # this machine, and those of its own network

    def check(self, host: str, text: str) -> None:
        """Raise LoadError where ``host``, which resolves to the address ``text``, may not be asked."""
        for address in _all_forms(ip_address(text.split("%")[0])):
            if _is_never_a_server(address):
                raise LoadError(
                    f"{host!r} cannot be used for a model server: link-local and reserved addresses are never contacted."
                )
            if not _is_public(address) and not self.allows_private:
                raise LoadError(
                    f"{host!r} is on this machine or its own network, where no model server is contacted unless the app is "
                    "started with --private-model-servers yes, or with this address as --policy or --reward-model."
                )


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends requests to checked addresses only; the server still sees, and its certificate is still checked for, the name."""

    def __init__(self, inner: httpx.AsyncBaseTransport, rule: HostRule, resolve: Resolve | None = None) -> None:
        self._inner = inner
        self._rule = rule
        self._resolve = resolve or _look_up

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the first address that answers. Raises LoadError, before anything is sent."""
        host, url = request.url.host, request.url
        addresses = await self._addresses(request)
        for address in addresses:
            self._rule.check(host, address)
        for number, address in enumerate(addresses):
            request.url = url.copy_with(host=address)
            request.extensions = {**request.extensions, "sni_hostname": host}
            try:
                return await self._inner.handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if number + 1 == len(addresses):
                    raise
        raise httpx.ConnectError("its name has no address", request=request)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()

    async def _addresses(self, request: httpx.Request) -> Sequence[str]:
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        try:
            return await self._resolve(request.url.host, port)
        except OSError as error:
            raise httpx.ConnectError(str(error), request=request) from error


async def _look_up(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


def _all_forms(address: IPAddress) -> tuple[IPAddress, ...]:
    """Return the addresses that are asked in truth: of an IPv6 address that wraps an IPv4 one, that one, too or alone."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    inside = (address.sixtofour, *(address.teredo or ()))
    return (address, *(each for each in inside if each is not None))


def _is_never_a_server(address: IPAddress) -> bool:
    is_reserved = address.is_reserved and not address.is_loopback
    tells_secrets = address in _METADATA or address in _METADATA_OF_AMAZON
    return address.is_link_local or address.is_unspecified or address.is_multicast or is_reserved or tells_secrets


def _is_public(address: IPAddress) -> bool:
    # IPv6's former private addresses, fec0::/10, are public to Python; networks that still have them use them at home
    return address.is_global and not (isinstance(address, IPv6Address) and address.is_site_local)
