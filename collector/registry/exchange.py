"""A whole list into the registry and out of it: what the commands and the pages both do."""

from collections.abc import Iterator, Sequence
from typing import Any

from collector.registry import sheets
from collector.registry.entries import Known
from collector.registry.port import EVERY_VENUE, Registry, Taken, VenueFilter
from collector.registry.sheets import Progress, Sheet

SHEETS: dict[str, Sheet[Any]] = {
    "organisations": sheets.ORGANISATIONS,
    "venues": sheets.VENUES,
    "kiosks": sheets.KIOSKS,
}


def take_in(
    registry: Registry, name: str, content: bytes, progress: Progress = lambda _1, _2: None
) -> Taken:
    """All of the list `name` or nothing. Raise SheetError with every faulty line, RegistryError when it is not kept."""
    sheet = SHEETS[name]
    entries = sheets.read(sheet, content, _known(registry, name, content), progress)
    return registry.put(**{name: entries})


def listed(registry: Registry, name: str, wanted: VenueFilter = EVERY_VENUE) -> Sequence[Any]:
    """The entries of the list `name`; `wanted` narrows venues."""
    if name == "organisations":
        return registry.organisations()
    return registry.venues(wanted) if name == "venues" else registry.kiosks()


def lines(registry: Registry, name: str, wanted: VenueFilter = EVERY_VENUE) -> Iterator[str]:
    """The same as a file's lines."""
    return sheets.written(SHEETS[name], listed(registry, name, wanted))


def known(registry: Registry) -> Known:
    """What an entry that is typed may speak of."""
    return Known(
        {one.id for one in registry.organisations()}, {one.id for one in registry.venues()}
    )


def _known(registry: Registry, name: str, content: bytes) -> Known:
    stands = known(registry)
    if name != "organisations":
        return stands
    # a list of organisations may name one of its own lines as the one above
    return Known({*stands.organisations, *sheets.ids(SHEETS[name], content)}, stands.venues)


def district_of(registry: Registry, kiosk: str) -> str | None:
    """Where a kiosk stands, "" when the old district is not known; None when no such kiosk is registered."""
    found = registry.kiosk(kiosk)
    venue = registry.venue(found.venue) if found else None
    return venue.district if venue else None
