"""The tables of the present schema version: the only file, beside the migrations, with column names in it.

``seq`` counts rows in the order they arrived and is the key every list is paged by; ``id`` is made at birth and is what
the rest of the program knows. Values cross the border in ``storage/rows.py``. (No future import here: its name, ``annotations``,
is the name of a table.)
"""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint

from storage.columns import Json, Moment, Sequence, Words

metadata = MetaData()


def _seq() -> Column[int]:
    return Column("seq", Sequence, primary_key=True, autoincrement=True)


def _key() -> Column[str]:
    return Column("id", Text(), nullable=False, unique=True)


images = Table(
    "images",
    metadata,
    Column("sha", Text(), primary_key=True),  # SHA-256 of the stored bytes
    Column("format", Text(), nullable=False),  # file ending: png, jpg, webp
    Column("width", Integer(), nullable=False),
    Column("height", Integer(), nullable=False),
    Column("size", Integer(), nullable=False),  # bytes
    Column("created_at", Moment(), nullable=False),
)
problems = Table(
    "problems",
    metadata,
    Column("id", Text(), primary_key=True),
    Column("question", Words(), nullable=False),
    Column("answer", Words()),
    Column("data_source", Words()),
    Column("created_at", Moment(), nullable=False),
)
problem_images = Table(
    "problem_images",
    metadata,
    Column("problem_id", Text(), ForeignKey("problems.id"), primary_key=True),
    Column("position", Integer(), primary_key=True),
    Column("sha", Text(), ForeignKey("images.sha"), nullable=False),
)
runs = Table(
    "runs",
    metadata,
    _seq(),
    _key(),
    Column("problem_id", Text(), ForeignKey("problems.id"), nullable=False),
    Column("sampling", Json(), nullable=False),
    Column("record", Json()),
    Column("state", Text(), nullable=False),
    Column("message", Words()),
    Column("created_at", Moment(), nullable=False),
    Column("seconds", Float()),
    Column("owner", Text()),  # the process that works on it: storage/owner.py
    Index("runs_by_state", "state"),
)
solutions = Table(
    "solutions",
    metadata,
    _seq(),
    _key(),
    Column("problem_id", Text(), ForeignKey("problems.id"), nullable=False),
    Column("run_id", Text(), ForeignKey("runs.id")),
    Column("draw", Integer()),
    Column("steps", Json(), nullable=False),
    Column("answer", Words()),
    Column("finish", Text(), nullable=False),
    Column("policy_model", Words(), nullable=False),
    Column("tokens", Integer()),
    Column("seconds", Float()),
    Column("created_at", Moment(), nullable=False),
    UniqueConstraint("run_id", "draw", name="one_solution_a_draw"),
    Index("solutions_by_problem", "problem_id"),
)
scorings = Table(
    "scorings",
    metadata,
    _seq(),
    _key(),
    Column("solution_id", Text(), ForeignKey("solutions.id"), nullable=False),
    Column("run_id", Text(), ForeignKey("runs.id")),
    Column("reward_model", Words(), nullable=False),
    Column("step_scores", Json(), nullable=False),  # [[first, last, score], ...]
    Column("created_at", Moment(), nullable=False),
    Index("scorings_by_solution", "solution_id"),
    Index("scorings_by_run", "run_id"),
)
queues = Table(
    "queues",
    metadata,
    _seq(),
    _key(),
    Column("title", Words(), nullable=False),
    Column("run_id", Text(), ForeignKey("runs.id"), unique=True),
    Column("created_at", Moment(), nullable=False),
)
tasks = Table(
    "tasks",
    metadata,
    Column("id", Text(), primary_key=True),
    Column("queue_id", Text(), ForeignKey("queues.id"), nullable=False),
    Column("position", Integer(), nullable=False),
    Column("solution_id", Text(), ForeignKey("solutions.id"), nullable=False),
    UniqueConstraint("queue_id", "position", name="one_task_a_position"),
    UniqueConstraint("queue_id", "solution_id", name="a_solution_once_a_queue"),
    Index("tasks_by_solution", "solution_id"),
)
events = Table(  # append-only: what every person did, in the order it arrived
    "events",
    metadata,
    _seq(),
    Column("uuid", Text(), nullable=False, unique=True),
    Column("task_id", Text(), ForeignKey("tasks.id"), nullable=False),
    Column("annotator", Words(), nullable=False),
    Column("kind", Text(), nullable=False),
    Column("step", Integer()),
    Column("value", Integer()),
    Column("text", Words()),
    Column("flagged", Boolean()),
    Column("skip_reason", Text()),
    Column("seconds", Float()),
    Column("at_client", Moment(), nullable=False),
    Column("at_server", Moment(), nullable=False),
    Index("events_by_task", "task_id", "annotator"),
)
drafts = Table(  # what the events of one person on one task add up to: storage/drafts.py
    "drafts",
    metadata,
    Column("task_id", Text(), ForeignKey("tasks.id"), primary_key=True),
    Column("annotator", Words(), primary_key=True),
    Column("queue_id", Text(), ForeignKey("queues.id"), nullable=False),
    Column("labels", Json(), nullable=False),
    Column("flagged", Boolean(), nullable=False),
    Column("note", Words(), nullable=False),
    Column("skip_reason", Text()),
    Column("submitted", Boolean(), nullable=False),
    Column("revealed", Boolean(), nullable=False),
    Column("seconds", Float()),
    Column("times", Json(), nullable=False),  # when each field was last set, seconds since 1970
    Index("drafts_by_queue", "queue_id", "annotator", "submitted"),
)
annotations = Table(  # append-only
    "annotations",
    metadata,
    _seq(),
    _key(),
    Column("solution_id", Text(), ForeignKey("solutions.id"), nullable=False),
    Column("task_id", Text(), ForeignKey("tasks.id")),
    Column("annotator", Words(), nullable=False),
    Column("stage", Text(), nullable=False),
    Column("labels", Json(), nullable=False),
    Column("skip_reason", Text()),
    Column("flagged", Boolean(), nullable=False),
    Column("note", Words(), nullable=False),
    Column("seconds", Float()),
    Column("guideline_version", Text(), nullable=False),
    Column("created_at", Moment(), nullable=False),
    Index("annotations_by_solution", "solution_id"),
    Index("annotations_by_task", "task_id", "annotator"),
)
