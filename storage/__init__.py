"""The truth on disk: problems, runs, labels and pictures. Knows values; knows no tensor and no page."""

from storage.accounts.api_tokens import ApiToken, NewApiToken
from storage.accounts.audit_log import PeopleEvent, PeopleEventKind
from storage.accounts.invitations import Invitation, NewInvitation
from storage.accounts.people import PersonChange
from storage.accounts.repository import AccountRepository
from storage.database.sqlite import JournalMode
from storage.errors import (
    BadAccount,
    BadDecision,
    BadFile,
    BadGuideline,
    BadImage,
    BadProject,
    BadReview,
    BadSetting,
    DamagedStore,
    DeletionRefused,
    DiskError,
    GuidelineChanged,
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
from storage.files.repository import APP, NOBODYS, ImageRepository, StoredImage
from storage.labelling.assignment import Blocked, BlockedBy
from storage.labelling.entry_quiz import QuizAnswer, QuizResult, QuizState
from storage.labelling.event_log import EventReceipt, Rejection
from storage.labelling.events import EventKind, LabelEvent
from storage.labelling.guideline import GuidelineVersion, ProjectGuideline
from storage.labelling.image_access import ImageAccess
from storage.labelling.item_map import ItemState, MappedItem
from storage.labelling.queue_rules import TaskRole
from storage.labelling.queues import Queue, QueueSummary
from storage.labelling.repository import LabellingRepository
from storage.labelling.review_outcome import QuestionedStep, ReviewVerdict, SplitState, WrongVerdict
from storage.projects.contents import QueueContent
from storage.projects.filling import FillPreview, FillResult, NotAdded, Selection
from storage.projects.gold import AnnotatorAccuracy, GoldAnswer, GoldItem
from storage.projects.gold_candidates import GoldItems, GoldSource
from storage.projects.job_items import ProblemGroup, ProblemSelection, ProblemSolutions
from storage.projects.progress import LabellingProgress, PersonProgress
from storage.projects.repository import ProjectRepository
from storage.projects.review import FinishedWork, ReviewSplit, SampledWork, WorkJudgement
from storage.projects.review_item import FormerVerdict, ReviewItem
from storage.projects.spread import SolutionSpread
from storage.projects.standing import LabelStanding, TimedWork
from storage.results.anchoring import Anchoring
from storage.results.annotations import AnnotatedSolution
from storage.results.browse import BrowsePage, ListedSolution, SolutionRecord
from storage.results.disagreements import Disagreement, DisagreementFilter, DisagreementPage
from storage.results.history import FeedPage, HistoryPage
from storage.results.history_entries import HistoryEntry, HistoryKind
from storage.results.listing import AnswerState, LabelState, SolutionFilter, SortKey, SortOrder
from storage.results.listing_summary import Facet, FacetCount, ListedSteps
from storage.results.repository import ResultRepository
from storage.results.step_cells import StepCondition
from storage.results.summary import DatasetSummary, QueueOverview
from storage.results.votes import AnnotatorSummary, LatestAnnotations, Scope
from storage.runs.branches import Continuation, ContinuedSolution, Rollout, RunBranches
from storage.runs.imported_rows import ImportedRow
from storage.runs.job_runs import RecordedScoring, ScoringRun
from storage.runs.ownership import EVERYTHING, Viewer
from storage.runs.records import RunResult, RunSummary
from storage.runs.repository import RunRepository
from storage.store import Store, open_store

__all__ = [
    "APP",
    "EVERYTHING",
    "NOBODYS",
    "AccountRepository",
    "Anchoring",
    "AnnotatedSolution",
    "AnnotatorAccuracy",
    "AnnotatorSummary",
    "AnswerState",
    "ApiToken",
    "BadAccount",
    "BadDecision",
    "BadFile",
    "BadGuideline",
    "BadImage",
    "BadProject",
    "BadReview",
    "BadSetting",
    "Blocked",
    "BlockedBy",
    "BrowsePage",
    "Continuation",
    "ContinuedSolution",
    "DamagedStore",
    "DatasetSummary",
    "DeletionRefused",
    "Disagreement",
    "DisagreementFilter",
    "DisagreementPage",
    "DiskError",
    "EventKind",
    "EventReceipt",
    "Facet",
    "FacetCount",
    "FeedPage",
    "FillPreview",
    "FillResult",
    "FinishedWork",
    "FormerVerdict",
    "GoldAnswer",
    "GoldItem",
    "GoldItems",
    "GoldSource",
    "GuidelineChanged",
    "GuidelineVersion",
    "HistoryEntry",
    "HistoryKind",
    "HistoryPage",
    "ImageAccess",
    "ImageRepository",
    "ImageTooLarge",
    "ImportedRow",
    "Invitation",
    "InvitationSpent",
    "ItemState",
    "JournalMode",
    "LabelEvent",
    "LabelStanding",
    "LabelState",
    "LabellingProgress",
    "LabellingRepository",
    "LastAdmin",
    "LatestAnnotations",
    "ListedSolution",
    "ListedSteps",
    "MappedItem",
    "NameTaken",
    "NewApiToken",
    "NewInvitation",
    "NewerStore",
    "NotAdded",
    "NotFound",
    "NotSubmitted",
    "NothingToLabel",
    "PeopleEvent",
    "PeopleEventKind",
    "PersonChange",
    "PersonProgress",
    "ProblemGroup",
    "ProblemSelection",
    "ProblemSolutions",
    "ProjectGuideline",
    "ProjectRepository",
    "QuestionedStep",
    "Queue",
    "QueueContent",
    "QueueOverview",
    "QueueSummary",
    "QuizAnswer",
    "QuizResult",
    "QuizState",
    "RecordedScoring",
    "Rejection",
    "ResultRepository",
    "ReviewItem",
    "ReviewSplit",
    "ReviewVerdict",
    "Rollout",
    "RunBranches",
    "RunRepository",
    "RunResult",
    "RunSummary",
    "SampledWork",
    "Scope",
    "ScoringRun",
    "Selection",
    "SignInFailed",
    "SolutionFilter",
    "SolutionRecord",
    "SolutionSpread",
    "SortKey",
    "SortOrder",
    "SplitState",
    "StepCondition",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoredImage",
    "TaskRole",
    "TimedWork",
    "TooManyTries",
    "UnsupportedImage",
    "Viewer",
    "WorkJudgement",
    "WrongVerdict",
    "open_store",
]
