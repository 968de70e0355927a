"""The commands of ``python -m storage``, one module per noun.

Knows arguments and printed lines. Holds no statement and no rule of the store.
"""
