"""Which tests carry which marker, by folder and file. Single tests carry theirs themselves."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SLOW_FILES = TESTS / "slow.txt"  # those that were found slow: `python -m tests.support.slow_files` writes it anew
MARKED = {
    **{file: (pytest.mark.slow,) for file in SLOW_FILES.read_text().split()},
    "browser": (pytest.mark.browser,),
    "benchmarks/test_load.py": (pytest.mark.fuzz,),
    "engine/models": (pytest.mark.slow,),
    "fuzz": (pytest.mark.fuzz,),
    "hostile": (pytest.mark.fuzz,),
    "nano/bench": (pytest.mark.slow,),
    "nano/train": (pytest.mark.slow,),
    "test_kills.py": (pytest.mark.kills,),
    "storage/deletion": (pytest.mark.slow,),
    "storage/test_endurance.py": (pytest.mark.kills,),
    "visualprm_ui/api": (pytest.mark.slow,),
}
