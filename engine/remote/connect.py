"""From a configured address to a policy or reward model. The server is asked at once, but may be started later."""

from __future__ import annotations

import logging
from collections.abc import Callable

from engine.errors import EngineError
from engine.remote.address import read_address
from engine.remote.client import Limits, Unreachable
from engine.remote.host_rule import HostRule
from engine.remote.policy import RemotePolicy
from engine.remote.reward_model import RemoteRewardModel, check_served_prm_format
from engine.remote.server import Server

log = logging.getLogger(__name__)


def open_policy(
    source: str, api_key: str | None = None, limits: Limits | None = None, rule: HostRule | None = None
) -> RemotePolicy:
    """Return the served policy.

    A server that is not there yet is no error: requests will say so until it is. Raises LoadError for an address that cannot be
    used or that ``rule`` forbids, and ServerError when the server refuses the key or lacks the model.
    """
    server = Server(read_address(source), api_key, limits, rule)
    _greet(server, server.identify)
    return RemotePolicy(server)


def open_reward_model(
    source: str,
    api_key: str | None = None,
    limits: Limits | None = None,
    max_tiles: int | None = None,
    prm_format: str | None = None,
    rule: HostRule | None = None,
) -> RemoteRewardModel:
    """Return the served reward model; ``max_tiles`` is sent with every request.

    Raises as :func:`open_policy`, and LoadError where ``prm_format``, or the model's name, asks for another one than VisualPRM's.
    """
    if prm_format is not None:
        check_served_prm_format(prm_format)
    server = Server(read_address(source), api_key, limits, rule)
    model = RemoteRewardModel(server, max_tiles, is_stated=prm_format is not None)
    _greet(server, model.learn)
    return model


def _greet(server: Server, ask: Callable[[float], object]) -> None:
    try:
        ask(server.limits.greeting)
    except Unreachable as error:
        log.warning("%s", error)
    except EngineError:
        server.close()
        raise
