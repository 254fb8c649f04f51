"""What is registered. Ids are for people too: they stand in addresses, on posters and in spreadsheets."""

import re
from dataclasses import dataclass
from enum import StrEnum

from collector.registry.hours import NOT_KNOWN, Hours

# of organisations and venues: part of the address in the poster's QR
ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
MAX_NAME, MAX_TEXT = 120, 200
# the longest stay that tracing counts is four hours (shared facts, collector section 10)
MAX_STAY_MIN = 240


class OrganisationKind(StrEnum):
    """The letter names three systems: departments, districts, and the sectors that look after a kind of place."""

    DEPARTMENT = "department"
    DISTRICT = "district"
    SECTOR = "sector"


class VenueType(StrEnum):
    MARKET = "market"
    SUPERMARKET = "supermarket"
    SHOP = "shop"
    EATING = "eating"
    OFFICE = "office"
    WORKPLACE = "workplace"
    SCHOOL = "school"
    HEALTH = "health"
    TRANSPORT = "transport"
    LODGING = "lodging"
    WORSHIP = "worship"
    EVENT = "event"
    CHECKPOINT = "checkpoint"  # moves: days or weeks without a network, no hours of its own
    OTHER = "other"


# An opinion, to be corrected by the province on the page of types: how long a visitor stays who never scans out.
STAY_MIN = {
    VenueType.MARKET: 45,
    VenueType.SUPERMARKET: 60,
    VenueType.SHOP: 20,
    VenueType.EATING: 75,
    VenueType.OFFICE: 60,
    VenueType.WORKPLACE: 240,
    VenueType.SCHOOL: 240,
    VenueType.HEALTH: 120,
    VenueType.TRANSPORT: 45,
    VenueType.LODGING: 240,
    VenueType.WORSHIP: 90,
    VenueType.EVENT: 180,
    VenueType.CHECKPOINT: 10,
    VenueType.OTHER: 60,
}


class VenueState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"  # for good: counted no more, kept for what was recorded there


@dataclass(frozen=True, slots=True)
class Organisation:
    id: str
    name: str
    kind: OrganisationKind
    parent: str = ""  # the organisation above it, "" for none


@dataclass(frozen=True, slots=True)
class Venue:
    """`commune` is the five digits of kiosk.questions.places; `district` the old district, by which totals are still
    drawn up. `responsible` and `phone` are a person's: they go into no log."""

    id: str
    name: str
    type: VenueType
    organisation: str
    commune: str
    district: str
    address: str = ""
    responsible: str = ""
    phone: str = ""
    hours: Hours = NOT_KNOWN
    stay_min: int | None = None  # None: as its type
    state: VenueState = VenueState.OPEN


@dataclass(frozen=True, slots=True)
class RegisteredKiosk:
    """One device at one door. `id` is the common name of its certificate and stands in its topics."""

    id: str
    venue: str
    door: str = ""
