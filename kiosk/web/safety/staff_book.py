"""Who may use the staff pages: people, their PINs, failures and sessions, in one small file that is old or new.

Ids and hashes only: a stolen card tells no name and no PIN. Failures are on the disk too, so that a restart forgives
nobody. One process writes; any of its threads may call.
"""

import hashlib
import json
import logging
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import argon2

from kiosk.durable_file import write_whole
from kiosk.errors import KioskError
from kiosk.web.safety import pins
from kiosk.web.safety.waits import BY_ACCOUNT, FORGOTTEN_S, wait_s

log = logging.getLogger(__name__)

FIRST = "quan-ly"  # the manager that every kiosk begins with
SESSION_S = 12 * 3600
MAX_PEOPLE, MAX_SESSIONS = 50, 60
ID = re.compile(r"[a-z][a-z0-9-]{1,19}")


class StaffRole(StrEnum):
    GUARD = "guard"
    MANAGER = "manager"


class StaffError(KioskError):
    """Said to whoever stands at the page; the message is a text of the catalogue."""


@dataclass(frozen=True, slots=True)
class Person:
    """`own` once they have chosen the PIN themselves. `since` is a number that changes with the PIN: sessions of an
    older one are over."""

    id: str
    role: StaffRole
    pin_hash: str = field(repr=False)
    since: str
    own: bool = False
    failures: int = 0
    failed_at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Session:
    person: str
    since: str
    ends_at_s: float


class StaffBook:
    """`open` reads it, or makes one with a first manager. `now_s` is wall-clock time: it must outlive a restart."""

    def __init__(
        self,
        path: Path,
        now_s: Callable[[], float],
        hasher: argon2.PasswordHasher = pins.HASHER,
    ) -> None:
        self._path = path
        self._now_s = now_s
        self._hasher = hasher
        self._lock = threading.Lock()
        self._people: dict[str, Person] = {}
        self._sessions: dict[str, Session] = {}  # by the hash of their token
        self.first_pin = ""  # for the kiosk's own screen, until the manager has chosen another

    def open(self) -> None:
        """A file that cannot be read is put aside: staff begin anew, with the PIN on the screen."""
        with self._lock:
            try:
                self._read()
            except FileNotFoundError:
                pass
            except (OSError, ValueError, TypeError, KeyError) as error:
                log.error("%s cannot be read (%s): put aside", self._path, type(error).__name__)
                self._put_aside()
            first = self._people.get(FIRST)
            if not any(one.role is StaffRole.MANAGER and one.own for one in self._people.values()):
                # not the PIN of the last start: nobody keeps it but the screen
                self.first_pin = pins.random_pin()
                made = Person(
                    FIRST, StaffRole.MANAGER, self._hash(self.first_pin), secrets.token_hex(8)
                )
                if first is not None:
                    made = replace(made, failures=first.failures, failed_at_s=first.failed_at_s)
                self._keep(made)

    def people(self) -> list[Person]:
        with self._lock:
            return sorted(self._people.values(), key=lambda one: one.id)

    def wait_s(self, person: str) -> int:
        """How long this one still has to wait before another try."""
        with self._lock:
            return self._wait_s(person)

    def sign_in(self, person: str, pin: str) -> str:
        """A token for a new session. Raise StaffError: wrong, or too early. Who is unknown waits like who is known."""
        with self._lock:
            if (left_s := self._wait_s(person)) > 0:
                raise StaffError(f"wait:{left_s}")
            known = self._people.get(person)
        right = pins.matches(pin, known.pin_hash if known else "", self._hasher)
        with self._lock:
            known = self._people.get(person)
            if known is None or not right:
                if known is not None:
                    self._failed(known)
                raise StaffError("This PIN is wrong")
            if known.failures:
                self._keep(replace(known, failures=0))
            return self._begin(known)

    def who(self, token: str) -> Person | None:
        """Whose session this is, None when there is none (any more)."""
        with self._lock:
            session = self._sessions.get(_digest(token))
            if session is None or session.ends_at_s < self._now_s():
                return None
            person = self._people.get(session.person)
            return person if person is not None and person.since == session.since else None

    def sign_out(self, token: str) -> None:
        with self._lock:
            if self._sessions.pop(_digest(token), None) is not None:
                self._write()

    def is_pin_of(self, person: Person, pin: str) -> bool:
        """Asked again before a clear name. Failures count like those of signing in. Raise StaffError when too early."""
        with self._lock:
            if (left_s := self._wait_s(person.id)) > 0:
                raise StaffError(f"wait:{left_s}")
        right = pins.matches(pin, person.pin_hash, self._hasher)
        with self._lock:
            known = self._people.get(person.id)
            if known is not None and not right:
                self._failed(known)
        return right

    def put(self, person: str, role: StaffRole) -> str:
        """Add somebody, or give them a new PIN: the PIN, to be told once. Raise StaffError."""
        with self._lock:
            if not ID.fullmatch(person):
                raise StaffError("An id has 2 to 20 small letters, digits or hyphens")
            if person not in self._people and len(self._people) >= MAX_PEOPLE:
                raise StaffError("There are too many people already")
            before = self._people.get(person)
            if before is not None and before.role is not role and self._is_last_manager(before):
                raise StaffError("Somebody has to stay manager")
            pin = pins.random_pin()
            self._keep(Person(person, role, self._hash(pin), secrets.token_hex(8)))
            return pin

    def choose(self, person: Person, pin: str) -> str:
        """Their own PIN from now on, and a token: every session that they had is over. Raise StaffError."""
        if fault := pins.fault_of(pin):
            raise StaffError(fault)
        with self._lock:
            changed = replace(
                person, pin_hash=self._hash(pin), since=secrets.token_hex(8), own=True, failures=0
            )
            self._people[changed.id] = changed
            if changed.role is StaffRole.MANAGER:
                self.first_pin = ""
            return self._begin(changed)

    def remove(self, person: str) -> None:
        """Raise StaffError for the last manager."""
        with self._lock:
            known = self._people.get(person)
            if known is None:
                return
            if self._is_last_manager(known):
                raise StaffError("Somebody has to stay manager")
            del self._people[person]
            self._write()

    # ---- with the lock

    def _is_last_manager(self, person: Person) -> bool:
        managers = [one for one in self._people.values() if one.role is StaffRole.MANAGER]
        return managers == [person]

    def _wait_s(self, person: str) -> int:
        known = self._people.get(person)
        if known is None or not known.failures:
            return 0
        since_s = self._now_s() - known.failed_at_s
        if since_s > FORGOTTEN_S:
            return 0
        # a clock that was put back makes nobody wait for ever
        return max(
            0,
            min(
                wait_s(known.failures, BY_ACCOUNT),
                round(wait_s(known.failures, BY_ACCOUNT) - since_s),
            ),
        )

    def _failed(self, person: Person) -> None:
        now_s = self._now_s()
        begins_anew = now_s - person.failed_at_s > FORGOTTEN_S
        failures = 1 if begins_anew else person.failures + 1
        self._keep(replace(person, failures=failures, failed_at_s=now_s))

    def _begin(self, person: Person) -> str:
        token = secrets.token_urlsafe(24)
        now_s = self._now_s()
        living = {
            digest: one
            for digest, one in self._sessions.items()
            if one.ends_at_s > now_s and self._is_of_today(one)
        }
        for digest in sorted(living, key=lambda each: living[each].ends_at_s)[: -MAX_SESSIONS + 1]:
            del living[digest]
        living[_digest(token)] = Session(person.id, person.since, now_s + SESSION_S)
        self._sessions = living
        self._write()
        return token

    def _is_of_today(self, session: Session) -> bool:
        person = self._people.get(session.person)
        return person is not None and person.since == session.since

    def _hash(self, pin: str) -> str:
        return pins.hashed(pin, self._hasher)

    def _keep(self, person: Person) -> None:
        self._people[person.id] = person
        self._write()

    def _read(self) -> None:
        told = json.loads(self._path.read_text(encoding="utf-8"))
        self._people = {
            one["id"]: Person(**{**one, "role": StaffRole(one["role"])}) for one in told["people"]
        }
        self._sessions = {digest: Session(**one) for digest, one in told["sessions"].items()}

    def _write(self) -> None:
        told = {
            "people": [asdict(one) for one in self._people.values()],
            "sessions": {digest: asdict(one) for digest, one in self._sessions.items()},
        }
        try:
            write_whole(self._path, json.dumps(told).encode(), 0o600)
        except OSError as error:
            # the door goes on; what was changed holds until the next start
            log.error("%s cannot be written: %s", self._path, error.strerror)

    def _put_aside(self) -> None:
        try:
            self._path.replace(self._path.with_name(self._path.name + ".damaged"))
        except OSError as error:
            log.error("%s cannot be put aside: %s", self._path, error.strerror)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
