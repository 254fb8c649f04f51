"""Where a scan was made, and how long visitors usually stay there, by the registry as it is when the scan arrives."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from collector.errors import CollectorError
from collector.registry.port import Registry
from collector.registry.shapes import STAY_MIN, VenueType

# how long the registry is believed without being asked again
FRESH_S = 30.0
# a kiosk that stands in no registry is a place of its own: better than to lose who was there
UNREGISTERED = "kiosk:"


@dataclass(frozen=True, slots=True)
class Place:
    """A venue of the registry, or `kiosk:ID` for a kiosk that has none."""

    name: str
    usual_s: int


PlaceOf = Callable[[str, str], Place]
"""Of a kiosk's id, and of the venue that the event itself names (a declaration by phone), "" for none."""


@dataclass
class RegisteredPlaces:
    """Asks the registry now and then. While it cannot be had, what was known before holds."""

    registry: Registry
    clock: Callable[[], float] = time.monotonic
    _read_s: float | None = None
    _kiosks: Mapping[str, str] = field(default_factory=dict)
    _usual_s: Mapping[str, int] = field(default_factory=dict)

    def __call__(self, kiosk: str, told: str) -> Place:
        now_s = self.clock()
        if self._read_s is None or now_s - self._read_s > FRESH_S:
            self._read_s = now_s
            self._read()
        name = told if told in self._usual_s else self._kiosks.get(kiosk, UNREGISTERED + kiosk)
        return Place(name, self._usual_s.get(name, STAY_MIN[VenueType.OTHER] * 60))

    def _read(self) -> None:
        try:
            of_type = self.registry.stays_min()
            venues = self.registry.venues()
            kiosks = self.registry.kiosks()
        except CollectorError:
            return
        self._usual_s = {each.id: 60 * (each.stay_min or of_type[each.type]) for each in venues}
        self._kiosks = {each.id: each.venue for each in kiosks}
