"""How much one address, and all of them together, may ask for. In RAM: nothing of who asked is kept.

Mobile networks put thousands of phones behind one address, so the limits of one address are those of a crowd at a gate.
"""

import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MAX_ADDRESSES = 20_000
# a declaration is a dozen pages; a bucket holds what may come at once
PAGES_A_VISIT = 30.0
_IPV6_HOME = 64  # one household or phone has a network of this many bits


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float


class _Limit:
    """Token buckets by key: `per_minute` flow in, and at most a minute's worth is in hand."""

    def __init__(self, per_minute: float) -> None:
        self._most = per_minute
        self._per_s = per_minute / 60
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str, now_s: float) -> bool:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._most, now_s)
            if len(self._buckets) > MAX_ADDRESSES:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        bucket.left = min(self._most, bucket.left + (now_s - bucket.at_s) * self._per_s)
        bucket.at_s = now_s
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True


class Limits:
    """`clock` is monotonic seconds. Every method may be called from any thread."""

    def __init__(
        self, clock: Callable[[], float], *, address_per_minute: float, total_per_minute: float
    ) -> None:
        """Both count what is stored: declarations begun, declarations sent, visits. Pages have their multiple."""
        self._clock = clock
        self._lock = threading.Lock()
        self._pages = (
            _Limit(address_per_minute * PAGES_A_VISIT),
            _Limit(total_per_minute * PAGES_A_VISIT),
        )
        self._stored = (_Limit(address_per_minute), _Limit(total_per_minute))

    def page(self, address: str) -> bool:
        """Whether one more page may be answered."""
        return self._take(self._pages, address)

    def stored(self, address: str) -> bool:
        """Whether one more declaration or visit may be taken."""
        return self._take(self._stored, address)

    def _take(self, limits: tuple[_Limit, _Limit], address: str) -> bool:
        """Of the total only what the address itself may have: one address alone cannot use it up by being refused."""
        now_s = self._clock()
        of_address, total = limits
        with self._lock:
            return of_address.take(_home_of(address), now_s) and total.take("", now_s)


def _home_of(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _IPV6_HOME), strict=False))
