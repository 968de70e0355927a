"""``python -m storage`` as its tests run it: within the process, with ``--json``."""

import json

import pytest

from storage.__main__ import main


def run(*arguments: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object]]:
    code = main([*map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])
