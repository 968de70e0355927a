"""Which hosts are asked for a model. The resolver is pretended and the transport sends nothing: no such address is contacted."""

import httpx
import pytest

from engine import Loader, LoadError, ModelChoice
from engine.remote import connect
from engine.remote.host_rule import GuardedTransport, HostRule
from tests.support.apart import run_apart

PUBLIC = HostRule(allows_private=False)
PRIVATE = HostRule(allows_private=True)


class RefusingTransport(httpx.AsyncBaseTransport):
    """Sends nothing and keeps what it was given."""

    def __init__(self, dead=()):
        self.sent = []
        self.dead = dead

    async def handle_async_request(self, request):
        self.sent.append((request.url.host, request.headers["host"], request.extensions.get("sni_hostname")))
        if request.url.host in self.dead:
            raise httpx.ConnectError("refused")
        return httpx.Response(307, headers={"Location": "http://169.254.169.254/latest"})


def ask(url, *addresses, rule=PUBLIC, dead=()):
    """What would have been sent for a URL whose host resolves to these addresses."""

    async def resolve(host, port):
        return addresses

    async def send():
        inner = RefusingTransport(dead)
        async with httpx.AsyncClient(
            transport=GuardedTransport(inner, rule, resolve), follow_redirects=False
        ) as client:
            await client.get(url)
        return inner.sent

    return run_apart(send())


@pytest.mark.parametrize("rule", [PUBLIC, PRIVATE])
@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fe80::1",
        "fe80::1%eth0",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "::ffff:0:a9fe:a9fe",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "255.255.255.255",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "fd00:c1::a9fe:a9fe",
        "fd00:42::42",
        "100.100.100.200",
        "168.63.129.16",
    ],
)
def test_link_local_and_reserved_addresses_are_never_asked(rule, address):
    with pytest.raises(LoadError, match=r"'models\.example' cannot be used for a model server"):
        ask("http://models.example/v1/models", address, rule=rule)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "fd00::1",
        "fec0::1",
        "::ffff:10.0.0.1",
    ],
)
def test_private_addresses_are_asked_where_the_rule_says_so(address):
    with pytest.raises(LoadError, match="--private-model-servers yes"):
        ask("https://models.example/v1", address)
    assert len(ask("https://models.example/v1", address, rule=PRIVATE)) == 1


def test_one_address_that_is_forbidden_forbids_the_name():
    with pytest.raises(LoadError):
        ask("https://models.example/v1", "93.184.216.34", "127.0.0.1")


def test_what_was_checked_is_what_is_asked_and_the_server_sees_the_name():
    """Resolved a second time, the name could lead elsewhere."""
    sent = ask("https://models.example:8443/v1", "93.184.216.34")
    assert sent == [("93.184.216.34", "models.example:8443", "models.example")]


def test_a_name_that_leads_elsewhere_at_the_next_request_is_checked_anew():
    """DNS rebinding: what was checked once says nothing of the next answer of the same name."""
    answers = iter([["93.184.216.34"], ["169.254.169.254"], ["127.0.0.1"]])
    inner = RefusingTransport()

    async def resolve(host, port):
        return next(answers)

    async def send():
        async with httpx.AsyncClient(transport=GuardedTransport(inner, PUBLIC, resolve)) as client:
            await client.get("http://models.example/v1")
            for reason in ("link-local", "on this machine"):
                with pytest.raises(LoadError, match=reason):
                    await client.get("http://models.example/v1")

    run_apart(send())
    assert [address for address, _, _ in inner.sent] == ["93.184.216.34"]


def test_a_redirect_is_a_request_like_any_other():
    """Nothing here follows one; a client that did would still be told of the address it leads to."""
    inner = RefusingTransport()

    async def resolve(host, port):
        return ["93.184.216.34"] if host == "models.example" else [host]

    async def send():
        transport = GuardedTransport(inner, PRIVATE, resolve)
        async with httpx.AsyncClient(transport=transport, follow_redirects=True) as client:
            await client.get("http://models.example/v1")

    with pytest.raises(LoadError, match="link-local"):
        run_apart(send())
    assert len(inner.sent) == 1


def test_the_next_address_is_tried_where_one_does_not_answer():
    sent = ask("https://models.example/v1", "2606:2800:220:1::1", "93.184.216.34", dead=["2606:2800:220:1::1"])
    assert [address for address, _, _ in sent] == ["2606:2800:220:1::1", "93.184.216.34"]
    with pytest.raises(httpx.ConnectError):
        ask("https://models.example/v1", "93.184.216.34", dead=["93.184.216.34"])


@pytest.mark.parametrize(
    "host", ["2852039166", "0xA9FEA9FE", "0251.0376.0251.0376", "[::ffff:169.254.169.254]", "169.254.43518"]
)
def test_other_spellings_of_an_address_are_seen_through(host):
    """The machine's own resolver reads these, without asking anybody."""
    inner = RefusingTransport()

    async def send():
        async with httpx.AsyncClient(transport=GuardedTransport(inner, PRIVATE)) as client:
            await client.get(f"http://{host}/v1")

    with pytest.raises((LoadError, httpx.ConnectError, httpx.InvalidURL)):  # who parses it may refuse a spelling
        run_apart(send())
    assert inner.sent == []


def test_a_server_on_this_machine_is_asked_only_if_it_was_configured(server):
    for open_model in (connect.open_policy, connect.open_reward_model):
        with pytest.raises(LoadError, match="on this machine or its own network"):
            open_model(server.address, rule=PUBLIC)
    assert server.requests == []
    choice = ModelChoice(policy=server.address, reward_model=server.address, private_servers=False)
    models = Loader(choice).load()
    models.policy.close()
    models.reward_model.close()
    asked = len(server.requests)
    assert asked > 0
    embedded = Loader(ModelChoice(device="cpu", private_servers=False))
    with pytest.raises(LoadError, match="on this machine or its own network"):
        embedded.change(policy=server.address, reward_model=server.address)()
    assert len(server.requests) == asked
