"""The file of a pool of solutions: scores that came later, and fields that are not ours."""

import json

from engine.cli.pool_file import PoolFile
from tests.support.evaluate_command import write_lines


def test_scores_in_lines_of_their_own_are_put_together(tmp_path):
    rows = [
        {"problem": 1, "draw": 0, "answer": "4", "correct": True, "scores": {}, "mine": {"seen": [1]}},
        {"problem": 1, "draw": 0, "scores": {"prm": [0.5]}, "reward_models": {"prm": "m@1"}, "note": "later"},
    ]
    path = write_lines(tmp_path / "pool.jsonl", rows)
    pool = PoolFile(path, writes=True)
    (found,) = pool.of(1)
    assert (found.scores, found.reward_models) == ({"prm": (0.5,)}, {"prm": "m@1"})
    pool.close(is_finished=True)
    (line,) = path.read_text(encoding="utf-8").splitlines()
    written = json.loads(line)
    assert written["scores"] == {"prm": [0.5]}
    assert (written["mine"], written["note"]) == ({"seen": [1]}, "later")  # fields that are not a pool's were lost
    assert next(iter(PoolFile(path, writes=False).all())).scores == {"prm": (0.5,)}
