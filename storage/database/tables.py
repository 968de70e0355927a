"""The tables of the present schema version. Migrations have copies of their own.

``seq`` counts rows in the order they arrived and is the key every list is paged by; ``id`` is made at birth and is what
the rest of the program knows. Where rows can be deleted that a follower of the feed has read, no number is given twice
(``sqlite_autoincrement``). ``storage/database/rows.py`` turns rows into domain values. (No future import here: its name,
``annotations``, is the name of a table.)
"""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, Table, UniqueConstraint, false

from storage.database.branch_tables import branch_usages as branch_usages
from storage.database.branch_tables import continuations as continuations
from storage.database.branch_tables import rollouts as rollouts
from storage.database.branch_tables import searches as searches
from storage.database.calibration_tables import calibration_maps as calibration_maps
from storage.database.column_types import Json, JsonList, SafeText, UtcDateTime
from storage.database.metadata import id_column as _key
from storage.database.metadata import metadata as metadata
from storage.database.metadata import seq_column as _seq
from storage.database.project_tables import guidelines as guidelines
from storage.database.project_tables import project_members as project_members

images = Table(
    "images",
    metadata,
    Column("sha", SafeText(), primary_key=True),  # SHA-256 of the stored bytes
    Column("format", SafeText(), nullable=False),  # file ending: png, jpg, webp
    Column("width", Integer(), nullable=False),
    Column("height", Integer(), nullable=False),
    Column("size", Integer(), nullable=False),  # bytes
    Column("created_at", UtcDateTime(), nullable=False),
)
image_uploads = Table(  # whose a picture is; one that came with a file is nobody's
    "image_uploads",
    metadata,
    Column("sha", SafeText(), ForeignKey("images.sha"), primary_key=True),
    Column("uploader", SafeText(), primary_key=True),
    Column("at", UtcDateTime(), nullable=False),
)
problems = Table(
    "problems",
    metadata,
    Column("id", SafeText(), primary_key=True),
    Column("question", SafeText(), nullable=False),
    Column("answer", SafeText()),
    Column("data_source", SafeText()),
    Column("created_at", UtcDateTime(), nullable=False),
)
problem_images = Table(
    "problem_images",
    metadata,
    Column("problem_id", SafeText(), ForeignKey("problems.id"), primary_key=True),
    Column("position", Integer(), primary_key=True),
    Column("sha", SafeText(), ForeignKey("images.sha"), nullable=False),
    Index("problem_images_by_sha", "sha"),
)
runs = Table(
    "runs",
    metadata,
    _seq(),
    _key(),
    Column("problem_id", SafeText(), ForeignKey("problems.id"), nullable=False),
    Column("sampling", Json(), nullable=False),
    Column("record", Json()),
    Column("state", SafeText(), nullable=False),
    Column("message", SafeText()),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("seconds", Float()),
    Column("owner", SafeText()),  # the process that works on it: storage/runs.process_lock.py
    Column("made_by", SafeText()),  # None: nobody who can be told from others
    Column("shared_at", UtcDateTime()),  # since when its link opens it for everybody; None: it does not
    Column("stop_requested", Boolean(), nullable=False, server_default=false()),  # by another process than its owner
    Index("runs_by_state", "state"),
    Index("runs_by_maker", "made_by"),
    Index("runs_by_problem", "problem_id"),
)
solutions = Table(
    "solutions",
    metadata,
    _seq(),
    _key(),
    Column("problem_id", SafeText(), ForeignKey("problems.id"), nullable=False),
    Column("run_id", SafeText(), ForeignKey("runs.id")),
    Column("draw", Integer()),  # None: imported, or in a run one that goes on from a step of another of it
    Column("steps", JsonList(), nullable=False),
    Column("answer", SafeText()),
    Column("finish", SafeText(), nullable=False),
    Column("policy_model", SafeText(), nullable=False),
    Column("tokens", Integer()),
    Column("seconds", Float()),
    Column("created_at", UtcDateTime(), nullable=False),
    UniqueConstraint("run_id", "draw", name="one_solution_a_draw"),
    Index("solutions_by_problem", "problem_id"),
)
thoughts = Table(  # what thinking models wrote before their solutions; most have none
    "thoughts",
    metadata,
    Column("solution_id", SafeText(), ForeignKey("solutions.id"), primary_key=True),
    Column("text", SafeText(), nullable=False),
)
scorings = Table(
    "scorings",
    metadata,
    _seq(),
    _key(),
    Column("solution_id", SafeText(), ForeignKey("solutions.id"), nullable=False),
    Column("run_id", SafeText(), ForeignKey("runs.id")),
    Column("reward_model", SafeText(), nullable=False),
    Column("step_scores", Json(), nullable=False),  # [[first, last, score], ...]
    Column("created_at", UtcDateTime(), nullable=False),
    Index("scorings_by_solution", "solution_id"),
    Index("scorings_by_run", "run_id"),
)
projects = Table(
    "projects",
    metadata,
    _seq(),
    _key(),
    Column("title", SafeText(), nullable=False),
    Column("guideline_version", SafeText(), nullable=False),
    Column("options", Json(), nullable=False),
    Column("archived", Boolean(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
)
queues = Table(
    "queues",
    metadata,
    _seq(),
    _key(),
    Column("title", SafeText(), nullable=False),
    Column("run_id", SafeText(), ForeignKey("runs.id"), unique=True),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("project_id", SafeText(), ForeignKey("projects.id")),  # None: a run's queue
    Column("open_tasks", Integer(), nullable=False),  # to label with an open slot, kept in step; 0 for a run's
    Column("gaps", Integer(), nullable=False, server_default="0"),  # positions before the last without a task any more
    Index("queues_by_project", "project_id"),
)
tasks = Table(
    "tasks",
    metadata,
    Column("id", SafeText(), primary_key=True),
    Column("queue_id", SafeText(), ForeignKey("queues.id"), nullable=False),
    Column("position", Integer(), nullable=False),
    Column("solution_id", SafeText(), ForeignKey("solutions.id"), nullable=False),
    Column("role", SafeText(), nullable=False),
    Column("gold_labels", JsonList()),  # the right labels of a gold or quiz task
    Column("evaluation", Boolean(), nullable=False),  # of the random slice that no score orders
    Column(
        "slot_state", Integer(), nullable=False
    ),  # storage/labelling/slots.py: SlotState, kept in step with the drafts
    Column("finished", Integer(), nullable=False),  # people whose finished work counts, kept in step with the drafts
    UniqueConstraint("queue_id", "position", name="one_task_a_position"),
    UniqueConstraint("queue_id", "solution_id", name="a_solution_once_a_queue"),
    Index("tasks_by_solution", "solution_id"),
    Index("tasks_by_slot_state", "queue_id", "role", "slot_state", "position"),
)
events = Table(  # append-only: what every person did, in the order it arrived
    "events",
    metadata,
    _seq(),
    Column("uuid", SafeText(), nullable=False, unique=True),
    Column("task_id", SafeText(), ForeignKey("tasks.id"), nullable=False),
    Column("annotator", SafeText(), nullable=False),
    Column("kind", SafeText(), nullable=False),
    Column("step", Integer()),
    Column("value", Integer()),
    Column("text", SafeText()),
    Column("flagged", Boolean()),
    Column("skip_reason", SafeText()),
    Column("seconds", Float()),
    Column("at_client", UtcDateTime(), nullable=False),
    Column("at_server", UtcDateTime(), nullable=False),
    Column("error_type", SafeText()),
    Index("events_by_task", "task_id", "annotator"),
    sqlite_autoincrement=True,
)
drafts = Table(  # what the events of one person on one task add up to: storage/labelling/events.py
    "drafts",
    metadata,
    Column("task_id", SafeText(), ForeignKey("tasks.id"), primary_key=True),
    Column("annotator", SafeText(), primary_key=True),
    Column("queue_id", SafeText(), ForeignKey("queues.id"), nullable=False),
    Column("labels", JsonList(), nullable=False),
    Column("flagged", Boolean(), nullable=False),
    Column("note", SafeText(), nullable=False),
    Column("skip_reason", SafeText()),
    Column("submitted", Boolean(), nullable=False),
    Column("revealed", Boolean(), nullable=False),
    Column("seconds", Float()),
    Column("times", Json(), nullable=False),  # when each field was last set, seconds since 1970
    Column("details", Json()),  # None: no step has any
    Column("first_error", Integer()),
    Column("send_back_note", SafeText()),  # why the work was sent back; None: it was not, or is submitted again
    Column("sequence_no", Integer()),  # 0-based index in the person's assignment list; None in the queue of a run
    Column("counts_toward_overlap", Boolean(), nullable=False),  # takes a slot: leased, or finished and counting
    Column("leased_until", UtcDateTime()),  # end of the lease; None: finished, run out, or the queue of a run
    Column("done_at", UtcDateTime()),  # newest submission or skip
    Column("labelled_steps", Integer(), nullable=False),  # steps labelled in it, 0 for a skip
    Index("drafts_by_queue", "queue_id", "annotator", "submitted", "sequence_no"),
    Index("drafts_by_sequence_no", "queue_id", "annotator", "sequence_no"),
    Index("drafts_by_lease", "queue_id", "leased_until"),
    Index("drafts_by_end", "queue_id", "done_at"),
)
cursors = Table(  # how far a person has come in a project; kept in step with drafts and slots
    "cursors",
    metadata,
    Column("queue_id", SafeText(), ForeignKey("queues.id"), primary_key=True),
    Column("annotator", SafeText(), primary_key=True),
    Column("position", Integer(), nullable=False),  # every open task before it was assigned to them already
    Column("open_tasks", Integer(), nullable=False),  # tasks assigned to them that have an open slot left
)
quizzes = Table(  # append-only but for the end of a result's validity
    "quizzes",
    metadata,
    _seq(),
    Column("project_id", SafeText(), ForeignKey("projects.id"), nullable=False),
    Column("annotator", SafeText(), nullable=False),
    Column("right", Integer(), nullable=False),
    Column("steps", Integer(), nullable=False),
    Column("passed", Boolean(), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Column("reset_by", SafeText()),  # who let the person try again; None: the result stands
    Column("reset_at", UtcDateTime()),
    Index("quizzes_by_person", "project_id", "annotator"),
)
split_events = Table(  # append-only: what became of each round of a split
    "split_events",
    metadata,
    _seq(),
    Column("queue_id", SafeText(), ForeignKey("queues.id"), nullable=False),
    Column("split", Integer(), nullable=False),
    Column("kind", SafeText(), nullable=False),  # accepted, returned
    Column("by", SafeText(), nullable=False),
    Column("note", SafeText(), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Index("split_events_by_queue", "queue_id", "split"),
    sqlite_autoincrement=True,
)
verdicts = Table(  # append-only: reviewers' verdicts on sampled work; the newest counts
    "verdicts",
    metadata,
    _seq(),
    Column("queue_id", SafeText(), ForeignKey("queues.id"), nullable=False),
    Column("split", Integer(), nullable=False),
    Column("round", Integer(), nullable=False),
    Column("task_id", SafeText(), ForeignKey("tasks.id"), nullable=False),
    Column("annotator", SafeText(), nullable=False),  # whose work it is
    Column("verdict", SafeText(), nullable=False),
    Column("note", SafeText(), nullable=False),
    Column("by", SafeText(), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Column("questioned", JsonList()),  # the steps it is about; None: it names none
    Index("verdicts_by_split", "queue_id", "split", "round"),
    Index("verdicts_by_task", "task_id"),
    sqlite_autoincrement=True,
)
annotations = Table(  # append-only
    "annotations",
    metadata,
    _seq(),
    _key(),
    Column("solution_id", SafeText(), ForeignKey("solutions.id"), nullable=False),
    Column("task_id", SafeText(), ForeignKey("tasks.id")),
    Column("annotator", SafeText(), nullable=False),
    Column("stage", SafeText(), nullable=False),
    Column("labels", JsonList(), nullable=False),
    Column("skip_reason", SafeText()),
    Column("flagged", Boolean(), nullable=False),
    Column("note", SafeText(), nullable=False),
    Column("seconds", Float()),
    Column("guideline_version", SafeText(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("details", Json()),  # None: no step has any
    Column("first_error", Integer()),
    Index("annotations_by_solution", "solution_id"),
    Index("annotations_by_task", "task_id", "annotator"),
    sqlite_autoincrement=True,
)
imported_rows = Table(  # append-only: what files said of solutions
    "imported_rows",
    metadata,
    _seq(),
    _key(),
    Column("solution_id", SafeText(), ForeignKey("solutions.id"), nullable=False),
    Column("source", SafeText(), nullable=False),  # whose labels they are: a name for the file, never a person's
    Column("labels", JsonList()),  # None: the row had none
    Column("image_names", JsonList(), nullable=False),  # paths of the pictures as the row had them
    Column("kept_fields", Json(), nullable=False),  # what the format does not know, as it was
    Column("created_at", UtcDateTime(), nullable=False),
    Index("imported_rows_by_solution", "solution_id"),
)
rollout_labels = Table(  # append-only: what rollouts said of solutions
    "rollout_labels",
    metadata,
    _seq(),
    _key(),
    Column("solution_id", SafeText(), ForeignKey("solutions.id"), nullable=False),
    Column("policy_model", SafeText(), nullable=False),  # whose completions; also in the record
    Column("record", Json(), nullable=False),
    Column("steps", Json(), nullable=False),  # what was counted, one a step
    Column("created_at", UtcDateTime(), nullable=False),
    Index("rollout_labels_by_solution", "solution_id"),
)
people = Table(
    "people",
    metadata,
    _seq(),
    _key(),
    Column("name", SafeText(), nullable=False),
    Column("name_key", SafeText(), nullable=False, unique=True),  # the name, folded: storage/accounts/people.py
    Column("display_name", SafeText(), nullable=False),
    Column("role", SafeText(), nullable=False),
    Column("origin", SafeText(), nullable=False),
    Column("subject", SafeText()),  # who they are at their origin; None for local people
    Column("password", SafeText()),  # argon2 hash with salt and parameters; None: cannot sign in with a password
    Column("active", Boolean(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("last_seen_at", UtcDateTime()),
    UniqueConstraint("origin", "subject", name="one_person_a_subject"),
)
invitations = Table(
    "invitations",
    metadata,
    _seq(),
    _key(),
    Column("digest", SafeText(), nullable=False, unique=True),  # SHA-256 of the secret: storage/accounts/tokens.py
    Column("role", SafeText(), nullable=False),
    Column("name", SafeText()),  # the name it is for; None: the guest chooses one
    Column("is_reset", Boolean(), nullable=False),  # a new password for a person there is
    Column("invited_by", SafeText(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime(), nullable=False),
    Column("closed_at", UtcDateTime()),  # used or withdrawn
)
people_events = Table(  # append-only: what was done to accounts and what was deleted, by whom
    "people_events",
    metadata,
    _seq(),
    Column("at", UtcDateTime(), nullable=False),
    Column("by", SafeText(), nullable=False),
    Column("name", SafeText()),  # whom it is about; None: an invitation without a name, or no person
    Column("kind", SafeText(), nullable=False),
    Column("detail", SafeText(), nullable=False),
)
sessions = Table(
    "sessions",
    metadata,
    Column("digest", SafeText(), primary_key=True),
    Column("person_id", SafeText(), ForeignKey("people.id"), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("seen_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime(), nullable=False),
    Index("sessions_by_person", "person_id"),
)
api_tokens = Table(
    "api_tokens",
    metadata,
    _seq(),
    _key(),
    Column("person_id", SafeText(), ForeignKey("people.id"), nullable=False),
    Column("title", SafeText(), nullable=False),
    Column("prefix", SafeText(), nullable=False),  # the start of the secret, for people to tell tokens apart
    Column("digest", SafeText(), nullable=False, unique=True),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("used_at", UtcDateTime()),
    Column("revoked_at", UtcDateTime()),
    Index("api_tokens_by_person", "person_id"),
)
login_attempts = Table(  # wrong passwords of the last hour: storage/accounts/login_throttle.py
    "login_attempts",
    metadata,
    Column("counts", SafeText(), primary_key=True),  # what is counted: name, address, pair
    Column("key", SafeText(), primary_key=True),
    Column("wrong", Integer(), nullable=False),
    Column("last", Float(), nullable=False),  # seconds since 1970
    Index("login_attempts_by_time", "last"),
)
decisions = Table(  # append-only: adjudication
    "decisions",
    metadata,
    _seq(),
    _key(),
    Column("solution_id", SafeText(), ForeignKey("solutions.id"), nullable=False),
    Column("queue_id", SafeText(), ForeignKey("queues.id")),
    Column("labels", JsonList(), nullable=False),
    Column("by", SafeText(), nullable=False),
    Column("cause", SafeText(), nullable=False),
    Column("note", SafeText(), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Index("decisions_by_solution", "solution_id"),
    Index("decisions_by_queue", "queue_id"),
    sqlite_autoincrement=True,
)
