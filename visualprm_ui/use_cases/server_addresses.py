"""Sentences of the engine without the addresses of model servers, which are their owners' business.

Runs are read by whoever may open them, evaluations by reviewers, and reports are sent around; the log, and Models for admins, name
the servers.
"""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"""(?: at|,? to)? ?(?P<quote>['"]?)https?://[^\s'"]+?(?=[.,:;!?)'"]*(?:\s|$))(?P=quote)""")


def without_addresses(text: str) -> str:
    """Return a sentence of the engine without addresses of servers."""
    return _ADDRESS.sub("", text)
