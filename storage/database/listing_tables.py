"""Tables that lists of solutions are searched by. All of it is derived from ``storage/database/tables.py`` and can be made anew.

``listed_solutions`` has one row for each solution, with what lists filter and sort by; ``searched_solutions`` its words
(storage/database/text_search.py). Triggers (migration 8) put every solution that changes into ``unlisted_solutions``, whoever
writes; ``storage/results/listing_rows.py`` brings its row up to date before a list is read. Not part of ``tables.metadata``: what
is derived is neither moved nor exported.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, MetaData, Table

from storage.database.column_types import SafeText, Sequence, UtcDateTime

metadata = MetaData()

SEPARATOR = "\n"  # stands before and after each entry of a list in a text column

listed_solutions = (
    Table(  # narrow, and read whole: a pass over 400,000 rows takes less than looking them up in an index's order
        "listed_solutions",
        metadata,
        Column("seq", Sequence, primary_key=True, autoincrement=False),  # the solution's
        Column("solution_id", SafeText(), nullable=False, unique=True),
        Column("data_source", SafeText()),
        Column("policy_model", SafeText(), nullable=False),
        Column("steps", Integer(), nullable=False),
        Column("is_right", Boolean()),  # the answer, beside the reference; None: one of them is missing
        Column("is_waiting", Boolean(), nullable=False),  # to be labelled in a queue
        Column("is_annotated", Boolean(), nullable=False),
        Column("is_decided", Boolean(), nullable=False),
        Column("is_sent_back", Boolean(), nullable=False),
        Column("is_flagged", Boolean(), nullable=False),
        Column("annotators", Integer(), nullable=False),  # people who labelled it
        Column("people", SafeText(), nullable=False),  # who labelled or skipped it, a list
        Column("skip_reasons", SafeText(), nullable=False),  # a list
        Column("error_types", SafeText(), nullable=False),  # a list
        Column("differing", Integer(), nullable=False),  # steps that got different labels
        Column("cells", SafeText(), nullable=False),  # label and score of each step: storage/results/step_cells.py
        Column("mean_score", Float()),  # of the newest scoring
        Column("wrong_score", Float()),  # the highest score of a step whose label is wrong
        Column("seconds", Float()),  # median over people
        Column("remarks", SafeText(), nullable=False),  # notes of people
        Column("updated_at", UtcDateTime(), nullable=False),
        Index("listed_by_updated_at", "updated_at", "seq"),  # for the list without a filter, which is looked at most
    )
)
unlisted_solutions = Table(  # solutions whose row is missing or out of date, in the order in which they changed
    "unlisted_solutions",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("solution_id", SafeText(), nullable=False, unique=True),
    sqlite_autoincrement=True,
)
