"""Shapes of imports and exports in the background, and of the formats they know."""

from typing_extensions import TypedDict

from engine.domain import Label
from storage.transfer.job_folder import JobState
from visualprm_ui.api.shapes.projects import BadLineView
from visualprm_ui.use_cases.hub_pushes import PushState


class JobView(TypedDict):
    """How far an import or an export is."""

    id: str
    state: JobState
    title: str  # the name of the file, or the format's
    by: str
    created_at: str
    rows: int  # done
    share: float | None  # of the phase, in [0, 1]; null: not known
    seconds: float
    seconds_left: float | None  # null: not known
    message: str | None  # why it failed


class PreviewedRowView(TypedDict):
    """One of the first rows of a file, as it would look here."""

    line: int
    reason: str | None  # why it would be refused
    question: str
    answer: str | None
    pictures: list[str]  # names
    missing: list[str]  # of them, those that are not in the upload
    thumbnail: str | None  # the first of them, small, as a data: address
    steps: int | None  # null: a problem without a solution
    labels: list[Label | None] | None
    policy_model: str
    data_source: str | None


class RecognisedView(TypedDict):
    """What a file is, by its first rows."""

    format: str | None  # null: of no known one
    title: str  # of no known one: why
    fitting: int  # of the first rows, those that have the format's fields
    rows: int
    columns: list[str]
    missing: list[str]  # fields that no first row has
    first: list[PreviewedRowView]


class SourceCountsView(TypedDict):
    """Labelled solutions of one data source, and their steps."""

    solutions: int
    correct: int
    wrong: int


class ImportReportView(TypedDict):
    """What came, or with ``dry_run`` would come, of a file. Of the format ``full`` some counts are null: not counted."""

    dry_run: bool
    format: str
    added: int  # rows
    unchanged: int
    conflicting: int  # other labels than an earlier line of the same solution, or than what is there
    unlabelled: int | None
    problems: int | None  # rows that are a problem alone
    solutions: int | None
    neutral: int | None  # steps
    pictures: int | None
    missing_pictures: int | None
    published: str | None  # how the counts compare with VisualProcessBench's; null: other data
    kept_fields: list[str]
    ignored_fields: list[str]
    sources: dict[str, SourceCountsView]
    errors: int  # lines left out
    queue: str | None  # of the project that they joined; null: no project
    queued: int | None  # solutions that joined it
    total: int | None  # solutions in its queue now
    present: int | None  # of the solutions, those that were in the queue already
    unusable: int | None  # of the solutions, those that nobody can label: without a step
    data_sources: list[str] | None  # of its rows, "" for none; empty where there are many
    sampling: str | None  # id of the job of the models that writes solutions for the problems alone
    sampling_refused: str | None  # why there is none though it was asked for


class ImportView(JobView):
    """An import: what its file is, how it is read, what would come or came of it."""

    phase: str  # check or import
    file: str | None  # path in the archive that was chosen; null: the first of files
    files: list[str]
    other_files: int  # in the upload, pictures among them
    format: str | None  # chosen; null: the one recognised
    columns: dict[str, str]
    source: str | None
    project: str | None
    solutions: int | None  # that a model writes for each problem alone
    recognised: RecognisedView | None  # null: not read yet
    report: ImportReportView | None
    errors: list[BadLineView]  # the first hundred


class ImportList(TypedDict):
    """Imports, the newest first."""

    imports: list[ImportView]


class FormatView(TypedDict):
    """A format of imports and exports."""

    name: str
    title: str
    imports: bool
    exports: bool
    has_neutral: bool
    has_pictures: bool
    left_out: list[str]  # what it never holds, beside what none but full does


class FormatList(TypedDict):
    """The formats, and the fields that columns of a file can be."""

    formats: list[FormatView]
    fields: list[str]
    left_out: list[str]  # what no format but full holds
    store_options: str  # of python -m storage, for a shell; "": it finds this store by itself


class NameCountView(TypedDict):
    """Somebody or something with labels or scores."""

    name: str
    solutions: int


class ExportNamesView(TypedDict):
    """Whose labels there are to export, and whose scores, those of most solutions first."""

    people: list[NameCountView]  # by the names of their accounts
    files: list[NameCountView]
    policies: list[NameCountView]  # whose completions labelled steps
    reward_models: list[NameCountView]


class ExportReportView(TypedDict):
    """What an archive holds, and what its format cannot hold. Of the format ``full`` many counts are null."""

    rows: int
    images: int
    bytes: int  # of the archive
    sample: str | None  # the beginning of the first row; null: the rows are no text
    neutral_policy: str
    left_out: list[str]  # what the format never holds
    masked: dict[str, int] | None  # what masks left out -> steps or solutions, as its name says
    cannot_hold: dict[str, int] | None  # what it has no place for -> solutions it concerns
    steps: int | None
    correct: int | None
    neutral: int | None
    wrong: int | None
    labels: str | None  # whose labels were asked for
    labels_by: dict[str, int] | None  # rows by whose labels they have
    skipped: int | None  # solutions of which not all steps have a label
    sent_back: int | None
    several_annotators: int | None
    decided: int | None
    disputed: int | None  # their newest label was taken
    equal: int | None  # further solutions that are word for word a row's
    benchmark_left_out: int | None  # rows of the built-in benchmark, where nothing named it


class ExportView(JobView):
    """An export: what was asked for, and what came of it."""

    format: str
    choice: dict[
        str, str | int | float | bool
    ]  # what narrows it, by the names of the request; of solutions their number
    report: ExportReportView | None  # null: not made


class ExportList(TypedDict):
    """Exports, the newest first."""

    exports: list[ExportView]


class HubPushView(TypedDict):
    """An export on its way to the model hub."""

    data_set: str  # OWNER/NAME
    private: bool
    state: PushState
    address: str | None  # there, once it is done
    message: str | None  # why it failed
    seconds: float  # it has taken
