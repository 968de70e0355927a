"""Problems, runs, solutions and scorings, written once as they arrive, and which process works on a run.

Knows what models made. Does not know labels or people.
"""
