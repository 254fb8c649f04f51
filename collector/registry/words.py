"""What is registered, said in two languages; each is also read back from a spreadsheet in either."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from collector.both import Both
from collector.registry.shapes import OrganisationKind, VenueState, VenueType
from kiosk.questions.places import fold

Kind = TypeVar("Kind", bound=StrEnum)

TYPES = {
    VenueType.MARKET: Both("Chợ", "Market"),
    VenueType.SUPERMARKET: Both("Siêu thị", "Supermarket"),
    VenueType.SHOP: Both("Cửa hàng", "Shop"),
    VenueType.EATING: Both("Ăn uống", "Eating place"),
    VenueType.OFFICE: Both("Cơ quan", "Public office"),
    VenueType.WORKPLACE: Both("Nhà máy, công ty", "Workplace"),
    VenueType.SCHOOL: Both("Trường học", "School"),
    VenueType.HEALTH: Both("Cơ sở y tế", "Health facility"),
    VenueType.TRANSPORT: Both("Bến xe, bến phà", "Station"),
    VenueType.LODGING: Both("Lưu trú", "Lodging"),
    VenueType.WORSHIP: Both("Cơ sở tôn giáo", "Place of worship"),
    VenueType.EVENT: Both("Sự kiện", "Event"),
    VenueType.CHECKPOINT: Both("Chốt kiểm soát", "Checkpoint"),
    VenueType.OTHER: Both("Khác", "Other"),
}
STATES = {
    VenueState.OPEN: Both("Hoạt động", "Open"),
    VenueState.CLOSED: Both("Đã đóng", "Closed"),
}
KINDS = {
    OrganisationKind.DEPARTMENT: Both("Sở, ngành tỉnh", "Department"),
    OrganisationKind.DISTRICT: Both("Địa bàn", "District"),
    OrganisationKind.SECTOR: Both("Lĩnh vực", "Sector"),
}


def meant(text: str, words: Mapping[Kind, Both]) -> Kind | None:
    """Which of these somebody wrote: its key, its Vietnamese or its English name, or both as we write them."""
    written = fold(text)
    for kind, both in words.items():
        if written in (fold(kind), fold(both.vi), fold(both.en), fold(str(both))):
            return kind
    return None
