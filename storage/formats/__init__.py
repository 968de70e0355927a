"""File formats, one module each: rows of the format <-> lines of its file, with the limits on what a row may hold.

Knows JSON and the formats. Does not know the store. A new format is a module here, like ``visualprocessbench.py``, what fills and
reads its rows in ``storage/transfer/``, and a line in ``storage/transfer/registry.py``.
"""
