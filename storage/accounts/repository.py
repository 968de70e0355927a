"""AccountRepository: people, invitations, sign-in, API tokens and the audit log.

Each method is one transaction, except where a password is hashed or compared: that takes long and happens between two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.domain import Person, Role, now
from storage.accounts import api_tokens, audit_log, invitations, joining, people, sessions
from storage.accounts.api_tokens import ApiToken, NewApiToken
from storage.accounts.audit_log import PeopleEvent, PeopleEventKind
from storage.accounts.invitations import Invitation, NewInvitation
from storage.accounts.joining import INVITATION_DAYS, RESET_DAYS
from storage.accounts.login_throttle import LoginThrottle
from storage.accounts.passwords import hash_password, is_outdated, is_password, rehash
from storage.accounts.people import MAX_NAME, PersonChange, clean_name, name_key
from storage.accounts.sessions import SEEN_EVERY
from storage.database import rows
from storage.database.column_types import writable
from storage.database.connection import Database
from storage.errors import SignInFailed, TooManyTries


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedAccess:
    """How much worked until :meth:`AccountRepository.end_all_access`."""

    sessions: int
    tokens: int
    invitations: int  # password resets too


class AccountRepository:
    """The accounts of one store. Of every secret only a hash is stored; the call that makes it returns it once."""

    def __init__(self, database: Database, throttle: LoginThrottle | None = None) -> None:
        self._database = database
        self._throttle = throttle or LoginThrottle(database)
        self._has_accounts = False

    # ---- people ----

    def has_accounts(self) -> bool:
        """Return whether there is an active admin: from then on, for good, people sign in."""
        if not self._has_accounts:  # true stays true, because the last admin cannot be removed
            with self._database.read() as connection:
                self._has_accounts = people.has_admin(connection)
        return self._has_accounts

    def get_person(self, name: str) -> Person:
        """Return the person of this name, however it is capitalised; raises NotFound."""
        with self._database.read() as connection:
            return people.get_person(connection, name)

    def list_people(self, limit: int = 200, after: str | None = None) -> tuple[Person, ...]:
        """Return people, the inactive too, in the order they joined; ``after`` is the last name of the page before."""
        with self._database.read() as connection:
            return people.list_people(connection, limit, after)

    def get_display_names(self) -> Mapping[str, str]:
        """Return the display name of everyone, by name."""
        with self._database.read() as connection:
            return people.read_display_names(connection)

    def update_person(self, by: str, name: str, change: PersonChange) -> Person:
        """Change a person and log it. Who is made inactive is signed out everywhere and loses their API tokens; who is no admin any
        more, the links they gave out.

        Raises:
            NotFound: nobody has this name.
            BadAccount: the display name cannot be taken.
            LastAdmin: it would leave no active admin.
        """
        with self._database.write() as connection:
            return people.update_person(connection, by, name, change)

    def note_backup(self, by: str, detail: str) -> None:
        """Note in the log that the store was backed up just now."""
        with self._database.write() as connection:
            audit_log.note(connection, by, None, PeopleEventKind.BACKED_UP, detail)

    def last_backup(self) -> datetime | None:
        """Return when the store was backed up last, or None where it never was. Reads the database."""
        with self._database.read() as connection:
            return audit_log.last_of(connection, PeopleEventKind.BACKED_UP)

    def list_audit_log(self, limit: int = 100, before: int | None = None) -> tuple[PeopleEvent, ...]:
        """Return what was done to accounts and deleted, the newest first; ``before``: the last ``seq`` of the page before."""
        with self._database.read() as connection:
            return audit_log.page_of_events(connection, limit, before)

    # ---- invitations ----

    def invite(self, by: str, role: Role, name: str | None = None, days: float = INVITATION_DAYS) -> NewInvitation:
        """Invite someone; the secret in the result is shown once and not stored. Without a name the guest chooses one.

        Raises:
            BadAccount: the name cannot be taken.
            NameTaken: somebody has it already.
        """
        wanted = None if name is None else clean_name(name)
        with self._database.write() as connection:
            return joining.invite(connection, by, role, wanted, days)

    def offer_reset(self, by: str, name: str, days: float = RESET_DAYS) -> NewInvitation:
        """Let a person set a new password by a link; the old one goes on working until then.

        Raises:
            NotFound: nobody has this name.
            BadAccount: the person is inactive, or signs in elsewhere and has no password here.
        """
        with self._database.write() as connection:
            return joining.offer_reset(connection, by, name, days)

    def list_invitations(self) -> tuple[Invitation, ...]:
        """Return the invitations that can still be used, the newest first; never their secrets."""
        with self._database.read() as connection:
            return invitations.list_open(connection)

    def withdraw_invitation(self, by: str, invitation_id: str) -> None:
        """Make an invitation useless; raises NotFound when it is not open."""
        with self._database.write() as connection:
            invitations.withdraw(connection, by, invitation_id)

    def get_invitation(self, token: str) -> Invitation:
        """Return the open invitation a secret belongs to; raises InvitationSpent."""
        with self._database.read() as connection:
            return invitations.require_open(connection, token)

    def accept_invitation(self, token: str, password: str, name: str | None = None) -> Person:
        """Use up an invitation: make the person, or set their new password, sign them out everywhere and close their other resets.

        Args:
            token: the invitation's secret.
            password: the new password.
            name: the chosen name; passed over when the invitation has one.

        Raises:
            InvitationSpent: the invitation cannot be used.
            BadAccount: the name or password cannot be taken; the invitation stays open.
        """
        chosen = joining.chosen_name(self.get_invitation(token), name)
        hashed = hash_password(password, chosen)  # slow: not while holding the write lock
        with self._database.write() as connection:
            return joining.accept(connection, token, chosen, hashed)

    def ensure_huggingface_person(self, subject: str, username: str, role: Role = Role.ANNOTATOR) -> Person:
        """Return the person of a Hugging Face account, made at the first sign-in and raised to ``role`` when it is higher.

        Args:
            subject: the account's permanent id ("sub"); usernames there can change hands.
            username: wanted as name; the name gets a number when it is taken here.
            role: what the settings say of this account.

        An inactive person is returned as such: it is for the caller not to let them in.
        """
        with self._database.read() as connection:
            person = joining.find_of_subject(connection, subject)
        if person is not None and person.role.includes(role):
            return person
        with self._database.write() as connection:
            return joining.ensure_of_subject(connection, subject, username, role)

    # ---- sign-in ----

    def sign_in(self, name: str, password: str, address: str) -> str:
        """Check a password and return the secret of a new session, to be kept in the browser's cookie.

        A name that nobody has takes as long and gets the same answer as a wrong password.

        Args:
            name: as typed.
            password: as typed.
            address: of the client, to slow down who guesses.

        Raises:
            SignInFailed: they do not belong together, or the person is inactive.
            TooManyTries: this name or address has to wait; the password was not looked at.
        """
        return self.open_session(self._check_password(name, password, address))

    def open_session(self, person: Person) -> str:
        """Return the secret of a new session for someone known by other means: an accepted invitation, Hugging Face."""
        with self._database.write() as connection:
            return sessions.open_session(connection, person)

    def find_by_session(self, secret: str) -> Person | None:
        """Return who a live session belongs to, and let it live on; None when it ended or never was."""
        with self._database.read() as connection:
            session = sessions.find_session(connection, secret)
        if session is None:
            return None
        if now() - session.seen_at >= SEEN_EVERY:
            with self._database.write() as connection:
                sessions.extend_session(connection, session)
        return session.person

    def sign_out(self, secret: str) -> None:
        """End a session; one that is not there is no error."""
        with self._database.write() as connection:
            sessions.end_session(connection, secret)

    def sign_out_everywhere(self, person: Person) -> int:
        """End all sessions of a person; return how many there were."""
        with self._database.write() as connection:
            return sessions.end_of_person(connection, person.id)

    def change_password(self, person: Person, old: str, new: str, address: str) -> str:
        """Set a person's own new password, sign them out everywhere, close their resets, and return the secret of a new session.

        Raises:
            SignInFailed, TooManyTries: the old password is wrong; guesses count as at sign-in.
            BadAccount: the new one cannot be taken.
        """
        self._check_password(person.name, old, address)
        hashed = hash_password(new, person.name)
        with self._database.write() as connection:
            joining.set_password(connection, person, hashed)
        return self.open_session(person)

    def end_all_access(self, by: str) -> EndedAccess:
        """End every session, token and open invitation: a restored backup does not know which of them ended since."""
        with self._database.write() as connection:
            ended = EndedAccess(
                sessions=sessions.end_all(connection),
                tokens=api_tokens.revoke_all(connection),
                invitations=invitations.close_all(connection),
            )
            text = f"{ended.sessions} sessions, {ended.tokens} tokens and {ended.invitations} invitations ended"
            audit_log.note(connection, by, None, PeopleEventKind.RESTORED, text)
        return ended

    # ---- API tokens ----

    def add_token(self, person: Person, title: str) -> NewApiToken:
        """Make a token that may do what its person may; its secret is shown once and not stored.

        Raises:
            BadAccount: no title, or too many tokens.
        """
        with self._database.write() as connection:
            return api_tokens.add_token(connection, person, title)

    def list_tokens(self, person: Person) -> tuple[ApiToken, ...]:
        """Return a person's tokens, the revoked too, the newest first; never their secrets."""
        with self._database.read() as connection:
            return api_tokens.list_tokens(connection, person.id)

    def revoke_token(self, by: str, person: Person, token_id: str) -> None:
        """Make a person's token useless, for good; raises NotFound when this person has no such live token."""
        with self._database.write() as connection:
            api_tokens.revoke_token(connection, by, person, token_id)

    def find_by_token(self, secret: str) -> Person | None:
        """Return who a live token belongs to; None when it was revoked or never was."""
        with self._database.read() as connection:
            token = api_tokens.find_token(connection, secret)
        if token is None:
            return None
        if token.used_at is None or now() - token.used_at >= SEEN_EVERY:
            with self._database.write() as connection:
                api_tokens.note_used(connection, token)
        return token.person

    def _check_password(self, name: str, password: str, address: str) -> Person:
        key = writable(name_key(name))[:MAX_NAME]  # as it will be stored
        wait = self._throttle.begin_attempt(key, address)
        if wait > 0:
            seconds = int(wait) + 1
            raise TooManyTries(f"Too many wrong passwords. Try again in {seconds} s.", seconds)
        with self._database.read() as connection:
            row = people.find_row(connection, name)
        stored = row.password if row is not None and row.active else None
        if not is_password(password, stored) or row is None:
            raise SignInFailed("This name and password do not match.")
        self._throttle.note_success(key, address)
        if stored is not None and is_outdated(stored, password):
            with self._database.write() as connection:
                sessions.store_password(connection, row.id, rehash(password))
        return rows.as_person(row)
