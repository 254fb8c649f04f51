"""What a made-up province is: organisations, venues with hours and people who answer for them, kiosks, and the fate of
each venue, drawn from one seed. The same seed gives the same province.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from collector.registry import hours
from collector.registry.shapes import (
    Organisation,
    OrganisationKind,
    RegisteredKiosk,
    Venue,
    VenueType,
)
from collector.statistics.diagnosis import Cause

# old districts of the province, each with a commune of today
DISTRICTS = (
    ("Thành phố Trà Vinh", "29242"),
    ("Càng Long", "29266"),
    ("Cầu Kè", "29308"),
    ("Tiểu Cần", "29341"),
    ("Châu Thành", "29374"),
    ("Cầu Ngang", "29416"),
    ("Trà Cú", "29461"),
    ("Duyên Hải", "29512"),
)
_FAMILY = ("Thạch", "Kim", "Sơn", "Trần", "Nguyễn", "Lê", "Huỳnh", "Phạm")
_GIVEN = ("Mẫu", "Thị Mẫu", "Văn Mẫu", "Ngọc Mẫu", "Minh Mẫu")
_ORGANISATIONS = (
    ("so-cong-thuong", "Sở Công Thương", OrganisationKind.DEPARTMENT),
    ("so-giao-duc", "Sở Giáo dục và Đào tạo", OrganisationKind.DEPARTMENT),
    ("so-y-te", "Sở Y tế", OrganisationKind.DEPARTMENT),
    ("so-giao-thong", "Sở Giao thông vận tải", OrganisationKind.DEPARTMENT),
    ("van-phong-ubnd", "Văn phòng UBND tỉnh", OrganisationKind.DEPARTMENT),
    ("mat-tran", "Mặt trận và các đoàn thể", OrganisationKind.SECTOR),
)
# kind, name, organisation, hours, visits on a usual day
_KINDS = (
    (VenueType.MARKET, "Chợ Mẫu", "so-cong-thuong", "05:00-17:00", 60),
    (VenueType.SUPERMARKET, "Siêu thị Mẫu", "so-cong-thuong", "08:00-21:00", 55),
    (VenueType.SHOP, "Cửa hàng Mẫu", "so-cong-thuong", "T2-T7 07:00-19:00", 14),
    (VenueType.EATING, "Quán ăn Mẫu", "so-cong-thuong", "06:00-20:00", 22),
    (VenueType.OFFICE, "Cơ quan Mẫu", "van-phong-ubnd", "T2-T6 07:00-11:00, 13:00-17:00", 25),
    (VenueType.SCHOOL, "Trường Mẫu", "so-giao-duc", "T2-T6 06:00-17:00", 70),
    (VenueType.HEALTH, "Trạm y tế Mẫu", "so-y-te", "24/24", 30),
    (VenueType.TRANSPORT, "Bến xe Mẫu", "so-giao-thong", "05:00-20:00", 40),
    (VenueType.WORSHIP, "Chùa Mẫu", "mat-tran", "", 12),
    (VenueType.CHECKPOINT, "Chốt Mẫu", "so-giao-thong", "24/24", 45),
)
# how the days of a venue that is not simply in use go wrong, and how often such a venue is drawn
FATES = {
    Cause.NEVER_ENROLLED: 0.07,
    Cause.OFF: 0.09,
    Cause.BACKLOG: 0.08,
    Cause.BLIND: 0.07,
    Cause.UNUSED: 0.08,
    Cause.SUSPICIOUS: 0.08,
}


@dataclass(frozen=True, slots=True)
class MadeVenue:
    """`fate` befalls it in `spells`, days from and until (not included) of the days that are made up."""

    venue: Venue
    kiosks: Sequence[str]
    usual_visits: float
    fate: Cause | None = None
    spells: Sequence[tuple[int, int]] = ()

    def befallen(self, day: int) -> Cause | None:
        return self.fate if any(first <= day < last for first, last in self.spells) else None


@dataclass(frozen=True)
class MadeProvince:
    organisations: Sequence[Organisation]
    venues: Sequence[MadeVenue]
    people: int
    seed: int
    kiosks: Sequence[RegisteredKiosk] = field(default=())


def make(venues: int, days: int, seed: int = 7) -> MadeProvince:
    dice = random.Random(seed)  # noqa: S311 - no secret
    organisations = [Organisation(*each) for each in _ORGANISATIONS]
    made, kiosks = [], []
    for number in range(1, venues + 1):
        fate = _fate(dice)
        one = _venue(dice, number, fate, days)
        made.append(one)
        kiosks += [
            RegisteredKiosk(kiosk, one.venue.id, f"Cổng {at}")
            for at, kiosk in enumerate(one.kiosks, 1)
        ]
    return MadeProvince(organisations, made, venues * 60, seed, kiosks)


def _fate(dice: random.Random) -> Cause | None:
    drawn = dice.random()
    for cause, share in FATES.items():
        drawn -= share
        if drawn < 0:
            return cause
    return None


def _venue(dice: random.Random, number: int, fate: Cause | None, days: int) -> MadeVenue:
    kind, name, organisation, opening, usual = dice.choices(_KINDS, [3, 2, 8, 6, 4, 4, 3, 2, 2, 1])[
        0
    ]
    district, commune = DISTRICTS[number % len(DISTRICTS)]
    venue = Venue(
        id=f"noi-mau-{number}",
        name=f"{name} số {number}",
        type=kind,
        organisation=organisation,
        commune=commune,
        district=district,
        address=f"Số {number}, đường Mẫu",
        responsible=f"{dice.choice(_FAMILY)} {dice.choice(_GIVEN)}",
        phone="0900000000",
        hours=hours.parse(opening),
    )
    has_none = fate is Cause.NEVER_ENROLLED and dice.random() < 0.5
    doors = 0 if has_none else 2 if usual >= 40 and dice.random() < 0.4 else 1
    kiosks = [f"{venue.id}-cong-{door}" for door in range(1, doors + 1)]
    return MadeVenue(
        venue, kiosks, usual * dice.lognormvariate(0, 0.4), fate, _spells(dice, fate, days)
    )


def _spells(dice: random.Random, fate: Cause | None, days: int) -> list[tuple[int, int]]:
    if fate is None:
        return []
    if fate is Cause.NEVER_ENROLLED:
        return [(0, days)]
    found, begin = [], dice.randint(1, max(1, days // 2))
    while begin < days:
        # half of what goes wrong stays so until somebody looks
        end = days if dice.random() < 0.4 else min(days, begin + dice.randint(2, 9))
        found.append((begin, end))
        begin = end + dice.randint(3, 10)
    return found
