"""Measurements, not tests: each prints its figures, ``--json`` as one object on the last line."""
