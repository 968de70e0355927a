"""The training stages, a module each, in the order of nano/train/__main__.py.

Knows losses and data. Does not know the loop around them.
"""
