"""Imports and exports: between the store and the rows of ``storage/formats/``.

Knows how a problem, a solution and its labels become rows and back. Does not know how a row is written in a file.
"""
