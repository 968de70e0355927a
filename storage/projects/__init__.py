"""Who sets labelling up and follows it: projects, filling, ordering, gold items, review, progress.

Knows whole projects. Does not know a person's draft.
"""
