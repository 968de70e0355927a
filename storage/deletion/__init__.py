"""Deleting a run, a problem, a picture or a project with everything that hangs on it, and saying before what that is.

Labels without their solution mean nothing, so they go with it, but only when they are asked for by name. A project's labels can
stay. Who may ask for what is for the caller to know.
"""
