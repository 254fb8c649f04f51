"""What the registry answers and takes, whatever it is kept in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from collector.errors import CollectorError
from collector.registry.shapes import (
    Organisation,
    RegisteredKiosk,
    Venue,
    VenueState,
    VenueType,
)


class RegistryError(CollectorError):
    """The registry cannot be had, or refuses: nothing of this change is in it."""


@dataclass(frozen=True, slots=True)
class VenueFilter:
    """All that is given must hold. `text` is looked for in id, name and address, without marks."""

    text: str = ""
    type: VenueType | None = None
    organisation: str = ""
    commune: str = ""
    district: str = ""
    state: VenueState | None = None
    has_kiosk: bool | None = None


EVERY_VENUE = VenueFilter()


@dataclass(frozen=True, slots=True)
class Taken:
    """How many entries a list brought, changed, or found as they were."""

    new: int = 0
    changed: int = 0
    same: int = 0


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A permit for one kiosk to join, once. Of the token only its SHA-256 is kept."""

    token_hash: bytes
    venue: str
    kiosk: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    key_hash: bytes | None = None  # SHA-256 of the key that used it


@dataclass(frozen=True, slots=True)
class Admission:
    """A kiosk that has joined, with the SHA-256 of its public key. Once revoked its name is let in no more."""

    kiosk: str
    key_hash: bytes
    admitted_at: datetime
    revoked_at: datetime | None = None


class Registry(Protocol):
    """Every call stands for itself and may come from any thread; each raises RegistryError when it cannot be done."""

    def organisations(self) -> Sequence[Organisation]:
        """By name."""

    def organisation(self, organisation: str) -> Organisation | None: ...

    def venues(
        self, wanted: VenueFilter = EVERY_VENUE, offset: int = 0, limit: int = -1
    ) -> Sequence[Venue]:
        """By id; -1 is all of them."""

    def count_venues(self, wanted: VenueFilter = EVERY_VENUE) -> int: ...

    def venue(self, venue: str) -> Venue | None: ...

    def districts(self) -> Sequence[str]:
        """Those that registered venues lie in."""

    def kiosks(self, venue: str = "") -> Sequence[RegisteredKiosk]:
        """Of one venue, or all."""

    def kiosk(self, kiosk: str) -> RegisteredKiosk | None: ...

    def put(
        self,
        organisations: Iterable[Organisation] = (),
        venues: Iterable[Venue] = (),
        kiosks: Iterable[RegisteredKiosk] = (),
    ) -> Taken:
        """All of it in one transaction, by id: what is there is replaced, nothing is removed."""

    def remove_kiosk(self, kiosk: str) -> None: ...

    def stays_min(self) -> Mapping[VenueType, int]:
        """The usual stay of each type, in minutes."""

    def put_stay(self, kind: VenueType, minutes: int) -> None: ...

    def add_enrolment(self, enrolment: Enrolment) -> None:
        """Permits that are over are forgotten along the way."""

    def claim_enrolment(
        self, token_hash: bytes, kiosk: str, key_hash: bytes, now: datetime
    ) -> Enrolment | None:
        """The permit as it stands after this call; None when there is none. It is used up by this key when it was
        unused, not over, and for this kiosk. Of two keys at the same moment one gets it."""

    def admissions(self) -> Sequence[Admission]:
        """Of all kiosks that ever joined."""

    def admission(self, kiosk: str) -> Admission | None: ...

    def put_admission(self, admission: Admission) -> None:
        """In place of an earlier one of this kiosk."""
