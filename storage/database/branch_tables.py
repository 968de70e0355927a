"""Tables of what was made from steps on: what completions came to, the solutions that went on from there, guided searches.

A part of ``storage/database/tables.py``, where the rest of the program finds them.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table

from storage.database.column_types import Json, SafeText, UtcDateTime
from storage.database.metadata import id_column, metadata, seq_column

rollouts = Table(  # append-only: measurements of steps by completions, which are counted and not kept
    "rollouts",
    metadata,
    seq_column(),
    id_column(),
    Column("solution_id", SafeText(), ForeignKey("solutions.id"), nullable=False),
    Column(
        "first", Integer(), nullable=False
    ),  # the steps that were measured, 0-based: completions begin behind ``last``
    Column("last", Integer(), nullable=False),
    Column("policy_model", SafeText(), nullable=False),
    Column("policy_revision", SafeText(), nullable=False),
    Column("sampling", Json(), nullable=False),  # of the completions
    Column("drawn", Integer(), nullable=False),
    Column("reached", Integer()),  # the reference answer; None: there was none
    Column("cut_off", Integer(), nullable=False),
    Column("unread", Integer(), nullable=False),
    Column("answers", Json()),  # [[text, count, whether it is the reference answer], ...]; None: they were not kept
    Column("tokens", Integer()),
    Column("seconds", Float()),
    Column("made_by", SafeText()),  # None: nobody who can be told from others
    Column("created_at", UtcDateTime(), nullable=False),
    Index("rollouts_by_solution", "solution_id"),
)
continuations = Table(  # append-only: the solutions of a run that go on from a step of another one of it
    "continuations",
    metadata,
    Column("solution_id", SafeText(), ForeignKey("solutions.id"), primary_key=True),
    Column("parent_id", SafeText(), ForeignKey("solutions.id"), nullable=False),
    Column("step", Integer(), nullable=False),  # of the parent, 0-based: the last that both have, or the edited one
    Column("edit", SafeText()),  # what a person made of that step; None: it is the parent's
    Column("press", SafeText(), nullable=False),  # those that were asked for together have the same
    Column("position", Integer(), nullable=False),  # among them
    Column("sampling", Json(), nullable=False),
    Column("made_by", SafeText()),  # None: nobody who can be told from others
    Index("continuations_by_parent", "parent_id"),
)
branch_usages = Table(  # append-only: what model servers were asked for what a press made from a step on
    "branch_usages",
    metadata,
    Column("branch_id", SafeText(), primary_key=True),  # a rollout's id, or a press of continuations
    Column("solution_id", SafeText(), ForeignKey("solutions.id"), nullable=False),  # that it goes on from
    Column("usage", Json(), nullable=False),
    Index("branch_usages_by_solution", "solution_id"),
)
searches = Table(  # the runs whose solutions were searched for step by step, and what was tried
    "searches",
    metadata,
    Column("run_id", SafeText(), ForeignKey("runs.id"), primary_key=True),
    Column("plan", Json(), nullable=False),
    Column("rounds", Json(), nullable=False),  # one a step, in order; more come while the run goes on
)
