"""The truth on disk: problems, runs, labels and pictures. Knows values; knows no tensor and no page."""

from storage.accounts.api_tokens import ApiToken, NewApiToken
from storage.accounts.audit_log import PeopleEvent, PeopleEventKind
from storage.accounts.invitations import Invitation, NewInvitation
from storage.accounts.people import PersonChange
from storage.accounts.repository import AccountRepository
from storage.database.connection import JournalMode
from storage.errors import (
    BadAccount,
    BadDecision,
    BadFile,
    BadImage,
    BadProject,
    BadReview,
    BadSetting,
    DamagedStore,
    DiskError,
    ImageTooLarge,
    InvitationSpent,
    LastAdmin,
    NameTaken,
    NewerStore,
    NotFound,
    NothingToLabel,
    NotSubmitted,
    SignInFailed,
    StoreBusy,
    StoreError,
    TooManyTries,
    UnsupportedImage,
)
from storage.files.repository import ImageRepository, StoredImage
from storage.labelling.assignment import Blocked, BlockedBy
from storage.labelling.entry_quiz import QuizResult, QuizState
from storage.labelling.event_log import EventReceipt, Rejection
from storage.labelling.events import EventKind, LabelEvent
from storage.labelling.queue_rules import TaskRole
from storage.labelling.queues import Queue, QueueSummary
from storage.labelling.repository import LabellingRepository
from storage.projects.filling import Filled, Selection
from storage.projects.gold import Accuracy, Known
from storage.projects.progress import PersonProgress, Progress
from storage.projects.repository import ProjectRepository
from storage.projects.review import Sampled, Split, SplitState, Verdict, Work
from storage.results.anchoring import Anchoring
from storage.results.annotations import Labelled
from storage.results.browse import Browsed, BrowsePage, LabelState, SolutionRecord
from storage.results.disagreements import Disagreement, DisagreementPage, Wanted
from storage.results.history import Entry, FeedPage, HistoryKind, HistoryPage
from storage.results.repository import ResultRepository
from storage.results.summary import DatasetSummary, QueueOverview
from storage.results.votes import AnnotatorSummary, Scope
from storage.runs.records import RunResult, RunSummary
from storage.runs.repository import RunRepository
from storage.store import Store, open_store

__all__ = [
    "AccountRepository",
    "Accuracy",
    "Anchoring",
    "AnnotatorSummary",
    "ApiToken",
    "BadAccount",
    "BadDecision",
    "BadFile",
    "BadImage",
    "BadProject",
    "BadReview",
    "BadSetting",
    "Blocked",
    "BlockedBy",
    "BrowsePage",
    "Browsed",
    "DamagedStore",
    "DatasetSummary",
    "Disagreement",
    "DisagreementPage",
    "DiskError",
    "Entry",
    "EventKind",
    "EventReceipt",
    "FeedPage",
    "Filled",
    "HistoryKind",
    "HistoryPage",
    "ImageRepository",
    "ImageTooLarge",
    "Invitation",
    "InvitationSpent",
    "JournalMode",
    "Known",
    "LabelEvent",
    "LabelState",
    "Labelled",
    "LabellingRepository",
    "LastAdmin",
    "NameTaken",
    "NewApiToken",
    "NewInvitation",
    "NewerStore",
    "NotFound",
    "NotSubmitted",
    "NothingToLabel",
    "PeopleEvent",
    "PeopleEventKind",
    "PersonChange",
    "PersonProgress",
    "Progress",
    "ProjectRepository",
    "Queue",
    "QueueOverview",
    "QueueSummary",
    "QuizResult",
    "QuizState",
    "Rejection",
    "ResultRepository",
    "RunRepository",
    "RunResult",
    "RunSummary",
    "Sampled",
    "Scope",
    "Selection",
    "SignInFailed",
    "SolutionRecord",
    "Split",
    "SplitState",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoredImage",
    "TaskRole",
    "TooManyTries",
    "UnsupportedImage",
    "Verdict",
    "Wanted",
    "Work",
    "open_store",
]
