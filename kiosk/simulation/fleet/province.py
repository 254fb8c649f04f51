"""What a province is: venues of every kind, the kiosks at their doors, and what goes wrong where. Pure: drawn from one
seed, the same seed gives the same province.

Kinds, hours and visits a day are those of `collector demo` (collector.demo.province), stays are made up here and are
not what the collector takes for usual (collector.registry.shapes.STAY_MIN): nobody tells it how long people stay.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from kiosk.errors import KioskError

MOST_KIOSKS = 5_000
# the day that is played is a Tuesday: a Monday evening before it, offices and schools open
WEEKDAY = 1
# a card for each, with zeros for a serial number: place of birth, century and sex, year
MOST_PEOPLE = 38_000
PEOPLE_A_VENUE = 40
# the share of venues that have a reader at the way out too
WITH_EXIT = 0.5


class Fate(StrEnum):
    """How the day of a venue goes; the words are those of the collector's diagnosis."""

    IN_USE = "in_use"
    NEVER_ENROLLED = "never_enrolled"  # registered, and no kiosk was ever heard
    CLOSED = "closed"
    SUSPICIOUS = "suspicious"  # staff show one code all day, or photographs of many
    BACKLOG = "backlog"  # no network since yesterday evening: visits wait
    OFF = "off"  # switched off yesterday, and not on again
    BLIND = "blind"  # its camera sees nothing
    UNUSED = "unused"  # it works, and nobody is asked to scan


SHARES = MappingProxyType(
    {
        Fate.NEVER_ENROLLED: 0.06,
        Fate.CLOSED: 0.07,
        Fate.SUSPICIOUS: 0.07,
        Fate.BACKLOG: 0.07,
        Fate.OFF: 0.08,
        Fate.BLIND: 0.07,
        Fate.UNUSED: 0.07,
    }
)


@dataclass(frozen=True, slots=True)
class Kind:
    """`rush` weighs hours, 1 for any other; `stay_min` is the median of true stays, `spread` their lognormal sigma."""

    type: str
    name: str
    organisation: str
    open_h: int
    close_h: int
    visits: int
    stay_min: float
    rush: Mapping[int, int]
    share: int
    days: str = ""
    spread: float = 0.5


_MORNING_AND_EVENING = {7: 3, 8: 3, 16: 3, 17: 4, 18: 3}
KINDS = (
    Kind("market", "Chợ Mẫu", "so-cong-thuong", 5, 17, 60, 25, {5: 7, 6: 9, 7: 6, 8: 3}, 3),
    Kind("supermarket", "Siêu thị Mẫu", "so-cong-thuong", 8, 21, 55, 35, {10: 2, 17: 4, 18: 5}, 2),
    Kind("shop", "Cửa hàng Mẫu", "so-cong-thuong", 7, 19, 14, 9, _MORNING_AND_EVENING, 8),
    Kind("eating", "Quán ăn Mẫu", "so-cong-thuong", 6, 20, 22, 40, {6: 4, 11: 7, 12: 5, 18: 6}, 6),
    Kind("office", "Cơ quan Mẫu", "van-phong-ubnd", 7, 17, 25, 30, {7: 6, 8: 4, 13: 5}, 4, "T2-T6"),
    Kind(
        *(
            "school",
            "Trường Mẫu",
            "so-giao-duc",
            6,
            17,
            70,
            215,
            {6: 12, 12: 10, 13: 3},
            4,
            "T2-T6",
        ),
        spread=0.06,  # two shifts a day, each the whole of it
    ),
    Kind("health", "Trạm y tế Mẫu", "so-y-te", 0, 24, 30, 50, {7: 6, 8: 5, 13: 3}, 3),
    Kind("transport", "Bến xe Mẫu", "so-giao-thong", 5, 20, 40, 20, {5: 4, 6: 4, 15: 3}, 2),
    Kind("worship", "Chùa Mẫu", "mat-tran", 5, 20, 12, 45, {5: 4, 18: 6}, 2),
    Kind("checkpoint", "Chốt Mẫu", "so-giao-thong", 0, 24, 45, 3, _MORNING_AND_EVENING, 1),
)
ORGANISATIONS = (
    ("so-cong-thuong", "Sở Công Thương", "department"),
    ("so-giao-duc", "Sở Giáo dục và Đào tạo", "department"),
    ("so-y-te", "Sở Y tế", "department"),
    ("so-giao-thong", "Sở Giao thông vận tải", "department"),
    ("van-phong-ubnd", "Văn phòng UBND tỉnh", "department"),
    ("mat-tran", "Mặt trận và các đoàn thể", "sector"),
)
# old districts of the province, each with a commune of today
_DISTRICTS = (
    ("Thành phố Trà Vinh", "29242"),
    ("Càng Long", "29266"),
    ("Cầu Kè", "29308"),
    ("Tiểu Cần", "29341"),
    ("Châu Thành", "29374"),
    ("Cầu Ngang", "29416"),
    ("Trà Cú", "29461"),
    ("Duyên Hải (Thị xã)", "29512"),
)


@dataclass(frozen=True, slots=True)
class Venue:
    """`kiosks` are the ids of its devices; those of a venue that never joined are registered and do not exist."""

    id: str
    name: str
    kind: Kind
    fate: Fate
    district: str
    commune: str
    has_exit: bool
    switches_off: bool
    visits: float
    kiosks: Sequence[str]

    @property
    def hours(self) -> str:
        """As the registry takes them."""
        kind = self.kind
        span = f"{kind.open_h:02}:00-{kind.close_h:02}:00"
        if self.fate is Fate.CLOSED:
            return f"T2 {span}; T4-CN {span}"
        if kind.days:
            return f"{kind.days} {span}"
        return "24/24" if span == "00:00-24:00" else span


@dataclass(frozen=True, slots=True)
class Province:
    venues: Sequence[Venue]
    people: int
    seed: int

    @property
    def kiosks(self) -> dict[str, Venue]:
        """The devices that exist, and where each stands."""
        return {
            kiosk: venue
            for venue in self.venues
            if venue.fate is not Fate.NEVER_ENROLLED
            for kiosk in venue.kiosks
        }


def make(kiosks: int, seed: int) -> Province:
    """So many kiosks that exist. Raise KioskError for a number that will not do."""
    if not 1 <= kiosks <= MOST_KIOSKS:
        raise KioskError(f"--fleet takes 1 to {MOST_KIOSKS} kiosks")
    dice = random.Random(f"province {seed}")  # noqa: S311 - no secret
    fates = _fates(dice, kiosks)
    venues: list[Venue] = []
    left = kiosks
    while left:
        number = len(venues) + 1
        fate = fates[(number - 1) % len(fates)]
        made = _venue(dice, number, fate, 1 if left == 1 else 2)
        venues.append(made)
        if fate is not Fate.NEVER_ENROLLED:
            left -= len(made.kiosks)
    people = min(MOST_PEOPLE, PEOPLE_A_VENUE * max(5, len(venues)))
    return Province(venues, people, seed)


def _fates(dice: random.Random, count: int) -> list[Fate]:
    """In the right shares also where there are few; the first is in use."""
    fates = [fate for fate, share in SHARES.items() for _ in range(round(share * count))]
    fates += [Fate.IN_USE] * (count - len(fates))
    dice.shuffle(fates)
    at = fates.index(Fate.IN_USE)
    fates[0], fates[at] = fates[at], fates[0]
    return fates


def _venue(dice: random.Random, number: int, fate: Fate, most_doors: int) -> Venue:
    kind = dice.choices(KINDS, [each.share for each in KINDS])[0]
    district, commune = _DISTRICTS[number % len(_DISTRICTS)]
    doors = most_doors if kind.visits >= 40 and dice.random() < 0.3 else 1
    return Venue(
        id=f"noi-mau-{number}",
        name=f"{kind.name} số {number}",
        kind=kind,
        fate=fate,
        district=district,
        commune=commune,
        has_exit=dice.random() < WITH_EXIT,
        switches_off=kind.close_h - kind.open_h < 24 and dice.random() < 0.6,
        visits=kind.visits * dice.lognormvariate(0, 0.4),
        kiosks=[f"noi-mau-{number}-cong-{door}" for door in range(1, doors + 1)],
    )
