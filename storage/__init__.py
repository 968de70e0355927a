"""The truth on disk: problems, runs, labels and pictures. Knows values; knows no tensor and no page."""

from storage.anchoring import Anchoring
from storage.browse import Browsed, BrowsePage, LabelState, SolutionRecord
from storage.database import JournalMode
from storage.disagreements import Disagreement, DisagreementPage, Wanted
from storage.drafts import EventKind, LabelEvent
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
from storage.history import Entry, FeedPage, HistoryKind, HistoryPage
from storage.images import Images, StoredImage
from storage.invitations import Invitation, NewInvitation
from storage.items import Filled, Selection
from storage.known import Accuracy, Known
from storage.labelled import Labelled
from storage.leases import Blocked, BlockedBy
from storage.people import Change
from storage.people_log import PeopleEvent, PeopleEventKind
from storage.progress import PersonProgress, Progress
from storage.queues import Queue, QueueSummary
from storage.quizzes import QuizResult, QuizState
from storage.review import Review, Sampled, Split, SplitState, Verdict, Work
from storage.rules import TaskRole
from storage.runs import RunResult, RunSummary, takes_part
from storage.saving import EventReceipt, Rejection
from storage.sign_in import ApiToken, NewApiToken
from storage.spoken import AnnotatorSummary, Scope
from storage.store import Store, open_store
from storage.summary import DatasetSummary, QueueOverview

__all__ = [
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
    "Change",
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
    "ImageTooLarge",
    "Images",
    "Invitation",
    "InvitationSpent",
    "JournalMode",
    "Known",
    "LabelEvent",
    "LabelState",
    "Labelled",
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
    "PersonProgress",
    "Progress",
    "Queue",
    "QueueOverview",
    "QueueSummary",
    "QuizResult",
    "QuizState",
    "Rejection",
    "Review",
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
    "takes_part",
]
