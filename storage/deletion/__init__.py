"""Deleting a run, a problem or a picture with everything that hangs on it, and saying before what that is.

Labels without their solution mean nothing, so they go with it, but only when they are asked for by name. Who may ask for what is
for the caller to know.
"""
