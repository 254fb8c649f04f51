from collections.abc import Callable
from pathlib import Path

import pytest

from collector.registry import sheets
from collector.registry.shapes import (
    Organisation,
    OrganisationKind,
    RegisteredKiosk,
    Venue,
    VenueType,
)
from collector.registry.sqlite_registry import SqliteRegistry

HEALTH = Organisation("so-y-te", "Sở Y tế", OrganisationKind.DEPARTMENT)
MARKET = Venue(
    id="cho-mau",
    name="Chợ Mẫu",
    type=VenueType.MARKET,
    organisation="so-y-te",
    commune="29242",
    district="Trà Vinh",
    responsible="Thạch Thị Mẫu",
    phone="0900000000",
)


@pytest.fixture
def registry(tmp_path: Path) -> SqliteRegistry:
    """One organisation, one market with one kiosk."""
    registry = SqliteRegistry(tmp_path / "registry.db")
    registry.put([HEALTH], [MARKET], [RegisteredKiosk("cho-mau-1", "cho-mau", "Cổng chính")])
    return registry


@pytest.fixture
def market() -> Venue:
    return MARKET


@pytest.fixture
def venues_csv() -> Callable[..., bytes]:
    """A list of venues; each line has the columns that a faulty one must name, the rest empty."""

    def made(*lines: dict[str, str], heading: str = "both", delimiter: str = ",") -> bytes:
        columns = sheets.VENUES.columns
        names = {"both": str, "vi": lambda both: both.vi, "en": lambda both: both.en}[heading]
        quoted = [delimiter.join(f'"{names(both)}"' for both in columns.values())]
        good = {
            "id": "cho-2",
            "name": "Chợ Hai",
            "type": "Chợ",
            "organisation": "so-y-te",
            "commune": "29242",
        }
        for line in lines:
            cells = good | line
            quoted.append(delimiter.join(f'"{cells.get(name, "")}"' for name in columns))
        return "\n".join(quoted).encode()

    return made
