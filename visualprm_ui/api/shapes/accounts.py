"""Shapes of the principal, of accounts and of people."""

from typing_extensions import TypedDict

from engine import EngineState
from engine.domain import Origin, Role
from storage import PeopleEventKind


class StatusEngine(TypedDict):
    """The state of the engine."""

    state: EngineState
    policy: str | None
    reward_model: str | None
    message: str | None  # for admins
    waiting: int  # requests in the queue
    search_refusal: str | None  # why the policy cannot search


class Status(TypedDict):
    """The state of the engine, and the principal of the request."""

    engine: StatusEngine
    annotator: str
    display_name: str
    kind: str  # guest or person
    origin: Origin | None
    role: Role | None  # None: must sign in to do more than explore


class Health(TypedDict):
    """Whether the app does its work, for a monitor."""

    engine: EngineState
    last_backup: str | None  # when the store was backed up last; None: never


class ApiTokenView(TypedDict):
    """An API token without its secret."""

    id: str
    title: str
    prefix: str  # the start of the secret
    created_at: str
    used_at: str | None


class CreatedToken(ApiTokenView):
    """A new API token. Its secret is shown this once."""

    secret: str


class Account(TypedDict):
    """One's own account."""

    name: str
    display_name: str
    role: Role
    origin: Origin
    tokens: list[ApiTokenView]


class DisplayName(TypedDict):
    """The name that pages show."""

    display_name: str


class InvitationView(TypedDict):
    """What an invitation is for."""

    name: str | None  # None: whoever accepts it chooses a name
    role: Role
    is_reset: bool  # it sets a new password of an existing account
    expires_at: str


class OpenInvitation(InvitationView):
    """An invitation that nobody has accepted yet."""

    id: str


class SecretLink(TypedDict):
    """A link that works once, relative to the app's root."""

    link: str
    expires_at: str


class PersonView(TypedDict):
    """Someone with an account."""

    name: str
    display_name: str
    role: Role
    origin: Origin
    active: bool
    last_seen_at: str | None


class LogEntry(TypedDict):
    """One thing done to an account, or one deletion or backup."""

    seq: int
    at: str
    by: str
    name: str | None  # whom it is about; None: no person, or one without a name yet
    kind: PeopleEventKind
    detail: str


class LogPage(TypedDict):
    """The log, the newest first."""

    entries: list[LogEntry]
    next: int | None  # to be passed on as ``before``; None on the last page


class PeopleList(TypedDict):
    """Everyone with an account or an invitation."""

    people: list[PersonView]
    invitations: list[OpenInvitation]
    accounts: bool  # false while nobody has an account
