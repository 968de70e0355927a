"""At which places of a person's assignment list hidden gold items come: one place in every ten, drawn at random.

Gold items themselves, and how well people label them: ``storage/projects/gold.py``.
"""

from __future__ import annotations

import hashlib

from storage.labelling.queue_rules import QueueRules

GOLD_EVERY = 10  # of so many tasks of an assignment list, one is a gold item


def is_gold_position(rules: QueueRules, annotator: str, sequence_no: int) -> bool:
    """Return whether a gold item comes at this place of a person's list (counted from 0), if one is left for them.

    One place of every ``GOLD_EVERY`` is drawn, for each person another, by a hash over the project's random id. That id is the
    secret which keeps annotators from working the places out: they know the queue, their name and the number, and this code.
    """
    block = hashlib.sha256(f"{rules.project_id}/{annotator}/{sequence_no // GOLD_EVERY}".encode()).digest()
    return int.from_bytes(block[:4]) % GOLD_EVERY == sequence_no % GOLD_EVERY
