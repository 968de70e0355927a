"""Everything storage raises on purpose. Messages say what happened and what to do; they may be shown to people.

StoreError                  the common base
|-- NotFound                no run, task, queue, problem or image has this id
|-- NotSubmitted            scores were asked for before this person submitted the task
|-- NothingToLabel          a queue was asked for where there is no finished solution
|-- BadImage                an upload that cannot be used (damaged, empty)
|   |-- UnsupportedImage    not a picture format we take
|   `-- ImageTooLarge       too many bytes or pixels
|-- BadFile                 a file or folder given to import, export, backup or restore is not as it must be
|-- DiskError               the disk is full or does not let us write
|-- DamagedStore            the database file is damaged or is no database
|-- StoreBusy               another process kept the database locked for too long
|-- NewerStore              the database was written by a newer version of the program
|-- OlderStore              the database was written by an older version, and is to stay as it is
|-- BadSetting              an option has a value we do not know
|-- BadAccount              a name or password that is not allowed
|   `-- NameTaken           somebody has this name already
|-- SignInFailed            name and password do not belong together; one message for every reason
|-- TooManyTries            too many wrong passwords: wait
|-- InvitationSpent         an invitation that is unknown, used, withdrawn or too old; one message for all
|-- LastAdmin               the only admin would be gone
|-- BadDecision             an adjudication that does not fit its solution
|-- BadProject              a title, an option or gold labels that a project cannot have
|-- BadGuideline            a guideline without text, or with too much
|-- GuidelineChanged        the version that was edited is not the project's any more
|-- BadReview               a verdict or an end of a review that does not fit the split
`-- DeletionRefused         something that must not be deleted now, or not without being asked for by name
"""

from __future__ import annotations


class StoreError(Exception):
    """Base of every error storage raises on purpose."""


class NotFound(StoreError):
    """No run, task, queue, problem or image has this id."""


class NotSubmitted(StoreError):
    """Scores were asked for before this person submitted the task."""


class NothingToLabel(StoreError):
    """A queue was asked for where there is no finished solution."""


class BadImage(StoreError):
    """An upload that cannot be used."""


class UnsupportedImage(BadImage):
    """Not a picture format we take."""


class ImageTooLarge(BadImage):
    """Too many bytes or pixels."""


class BadFile(StoreError):
    """A file or folder given to import, export, backup or restore is not as it must be."""


class DiskError(StoreError):
    """The disk is full or does not let us write."""


class DamagedStore(StoreError):
    """The database file is damaged or is no database."""


class StoreBusy(StoreError):
    """Another process kept the database locked for too long."""


class NewerStore(StoreError):
    """The database was written by a newer version of the program."""


class OlderStore(StoreError):
    """The database was written by an older version of the program, and whoever opened it wants nothing changed."""


class BadSetting(StoreError):
    """An option has a value we do not know."""


class BadAccount(StoreError):
    """A name or password that is not allowed."""


class NameTaken(BadAccount):
    """Somebody has this name already."""


class SignInFailed(StoreError):
    """Name and password do not belong together. One message for every reason, so that it gives no names away."""


class TooManyTries(StoreError):
    """Too many wrong passwords."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds  # to wait before the next try


class InvitationSpent(StoreError):
    """An invitation that is unknown, used, withdrawn or too old. One message for all."""


class LastAdmin(StoreError):
    """The only admin would be gone."""


class BadDecision(StoreError):
    """An adjudication that does not fit its solution."""


class BadProject(StoreError):
    """A title, an option or gold labels that a project cannot have."""


class BadGuideline(StoreError):
    """A guideline without text, or with too much."""


class GuidelineChanged(StoreError):
    """The version that was edited is not the project's any more."""


class BadReview(StoreError):
    """A verdict or an end of a review that does not fit the split."""


class DeletionRefused(StoreError):
    """Something that must not be deleted now, or not without being asked for by name."""
