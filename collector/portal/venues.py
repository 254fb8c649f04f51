"""The venues whose posters may be scanned, as the registry has them; asked for again once a minute."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from collector.registry.port import Registry, RegistryError, VenueFilter
from collector.registry.shapes import ID, VenueState
from kiosk.questions.places import all_places

log = logging.getLogger(__name__)

FRESH_S = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """What the pages tell of a venue; nothing of whoever is responsible for it."""

    id: str
    name: str
    address: str
    near: Sequence[str]  # codes of the communes around it, its own first


class Venues:
    """`clock` is monotonic seconds. May be asked from any thread."""

    def __init__(self, registry: Registry, clock: Callable[[], float]) -> None:
        self._registry = registry
        self._clock = clock
        self._lock = threading.Lock()
        self._known: Mapping[str, Place] = {}
        self._read_at_s = float("-inf")

    def find(self, venue: str) -> Place | None:
        """None for an id that no open venue has. A registry that cannot be read leaves what was known."""
        if not ID.fullmatch(venue):
            return None
        with self._lock:
            if self._clock() - self._read_at_s >= FRESH_S:
                self._read()
            return self._known.get(venue)

    def _read(self) -> None:
        self._read_at_s = self._clock()
        places = all_places()
        try:
            found = self._registry.venues(VenueFilter(state=VenueState.OPEN))
        except RegistryError as error:
            log.error("the venues cannot be read: %s", error)
            return
        self._known = {
            venue.id: Place(venue.id, venue.name, venue.address, places.around(venue.commune))
            for venue in found
        }
