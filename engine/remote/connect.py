"""From a configured address to a policy or reward model. The server is asked at once, but may be started later."""

from __future__ import annotations

import logging
from collections.abc import Callable

from engine.errors import EngineError, LoadError
from engine.prompts.prm_formats.judge import Judge
from engine.prompts.prm_formats.visualprm import VISUALPRM
from engine.remote.address import Address, read_address
from engine.remote.client import Limits
from engine.remote.errors import Unreachable
from engine.remote.host_rule import HostRule
from engine.remote.judge import RemoteJudge
from engine.remote.policy import RemotePolicy
from engine.remote.reward_model import RemoteRewardModel
from engine.remote.server import Server

JUDGE = Judge.name

log = logging.getLogger(__name__)


def open_policy(
    source: str | Address, api_key: str | None = None, limits: Limits | None = None, rule: HostRule | None = None
) -> RemotePolicy:
    """Return the served policy.

    A server that is not there yet is no error: requests will say so until it is. Raises LoadError for an address that cannot be
    used or that ``rule`` forbids, and ServerError when the server refuses the key or lacks the model.
    """
    server = Server(_as_address(source), api_key, limits, rule)
    _greet(server, server.identify)
    return RemotePolicy(server)


def open_reward_model(
    source: str | Address,
    api_key: str | None = None,
    limits: Limits | None = None,
    max_tiles: int | None = None,
    prm_format: str | None = None,
    rule: HostRule | None = None,
) -> RemoteRewardModel | RemoteJudge:
    """Return the served reward model; ``max_tiles`` is sent with every request. The address's own ``prm_format`` goes first.

    Raises as :func:`open_policy`, and LoadError where the PRM format that is stated, or that the model's name says, is none that a
    server can be asked in.
    """
    address = _as_address(source)
    asked = address.prm_format or prm_format
    if asked not in (None, VISUALPRM.name, JUDGE):
        raise LoadError(
            f"The PRM format is {asked!r}, and a server can only be asked in {VISUALPRM.name!r} or as {JUDGE!r}. Load the model "
            f"from its folder; or, if it was trained as VisualPRM was, state {VISUALPRM.name}."
        )
    server = Server(address, api_key, limits, rule)
    is_stated = asked is not None
    model = (
        RemoteJudge(server, max_tiles) if asked == JUDGE else RemoteRewardModel(server, max_tiles, is_stated=is_stated)
    )
    _greet(server, model.learn)
    return model


def _as_address(source: str | Address) -> Address:
    return source if isinstance(source, Address) else read_address(source)


def _greet(server: Server, ask: Callable[[float], object]) -> None:
    try:
        ask(server.limits.greeting)
    except Unreachable as error:
        log.warning("%s", error)
    except EngineError:
        server.close()
        raise
