"""Which models there are, what they take, and which are chosen: read from names and files, before any weight is.

Knows checkpoint folders and their headers. Does not know torch, networks or runs.
"""
