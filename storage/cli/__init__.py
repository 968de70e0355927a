"""The commands of ``python -m storage``, a module a noun.

Knows arguments and printed lines. Holds no statement and no rule of the store.
"""
