"""One module an architecture: how its checkpoint becomes a network with a prompt style and image tiles.

Knows what is peculiar to a family. Does not know sampling or scoring.
"""
