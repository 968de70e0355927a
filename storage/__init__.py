"""The truth on disk: problems, runs, labels and pictures. Knows values; knows no tensor and no page."""

from storage.database import JournalMode
from storage.drafts import EventKind, LabelEvent
from storage.errors import (
    BadFile,
    BadImage,
    BadSetting,
    DamagedStore,
    DiskError,
    ImageTooLarge,
    NewerStore,
    NotFound,
    NothingToLabel,
    NotSubmitted,
    StoreBusy,
    StoreError,
    UnsupportedImage,
)
from storage.images import Images, StoredImage
from storage.labelled import Labelled
from storage.queues import Queue, QueueSummary
from storage.runs import RunResult, RunSummary
from storage.store import Store, open_store
from storage.summary import DatasetSummary, QueueOverview
from storage.tasks import EventReceipt, Rejection

__all__ = [
    "BadFile",
    "BadImage",
    "BadSetting",
    "DamagedStore",
    "DatasetSummary",
    "DiskError",
    "EventKind",
    "EventReceipt",
    "ImageTooLarge",
    "Images",
    "JournalMode",
    "LabelEvent",
    "Labelled",
    "NewerStore",
    "NotFound",
    "NotSubmitted",
    "NothingToLabel",
    "Queue",
    "QueueOverview",
    "QueueSummary",
    "Rejection",
    "RunResult",
    "RunSummary",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoredImage",
    "UnsupportedImage",
    "open_store",
]
