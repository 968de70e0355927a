"""At which places of a person's assignment list hidden gold items come: one place in every so many, drawn at random.

Gold items themselves, and how well people label them: ``storage/projects/gold.py``.
"""

from __future__ import annotations

import hashlib

from storage.labelling.queue_rules import QueueRules


def is_gold_position(rules: QueueRules, annotator: str, sequence_no: int) -> bool:
    """Return whether a gold item comes at this place of a person's list (counted from 0), if one is left for them.

    One place of every ``ProjectOptions.gold_every`` is drawn, for each person another, by a hash over the project's random id.
    That id keeps annotators from working the places out: they know the queue, their name and the number, and this code.
    """
    every = rules.options.gold_every
    block = hashlib.sha256(f"{rules.project_id}/{annotator}/{sequence_no // every}".encode()).digest()
    return int.from_bytes(block[:4]) % every == sequence_no % every
