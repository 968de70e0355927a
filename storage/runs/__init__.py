"""Problems, runs, solutions and scorings, written once as they arrive.

Knows what models made. Does not know labels or people.
"""
