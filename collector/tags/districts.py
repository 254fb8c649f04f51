"""In which district a kiosk stands, by the registry; and so which tags it may have, if any."""

import time

from collector.registry.exchange import district_of
from collector.registry.port import Registry, RegistryError

# a kiosk that is taken out of the registry has tags for this long
KEPT_S = 60.0


class Districts:
    """A province that registers its kiosks gives each the tags of its district, and none to a kiosk that it does not
    know. Where no kiosk is registered at all there is one district, of everybody."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._known: dict[str, tuple[float, str | None]] = {}

    def of_kiosk(self, kiosk: str) -> str | None:
        """None for a kiosk that is not let in."""
        until_s, district = self._known.get(kiosk, (0.0, None))
        now_s = time.monotonic()
        if now_s >= until_s:
            district = self._asked(kiosk)
            self._known[kiosk] = now_s + KEPT_S, district
        return district

    def _asked(self, kiosk: str) -> str | None:
        try:
            district = district_of(self._registry, kiosk)
            return district if district is not None or self._registry.kiosks() else ""
        except RegistryError:
            return None
