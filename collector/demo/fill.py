"""Takes made-up days into a real ledger: hour by hour, each arrival with the clock of its hour."""

from collections.abc import Iterator, Sequence

from collector.days import at_ms
from collector.demo.days import Arrival, Day
from collector.ledger.port import Batch, Ledger, Taken
from kiosk.wire.health import Health
from kiosk.wire.status import Status

MOST = 2_000


def take(ledger: Ledger, day: Day) -> None:
    """Raise LedgerError; what was committed before stays, and comes again harmlessly."""
    for part in _parts(day.arrivals):
        batch = Batch(
            events=[word for _, _, word in part if isinstance(word, Taken)],
            statuses=[(kiosk, word) for _, kiosk, word in part if isinstance(word, Status)],
            health=[(kiosk, word) for _, kiosk, word in part if isinstance(word, Health)],
        )
        ledger.commit(batch, at_ms(part[-1][0]))


def _parts(arrivals: Sequence[Arrival]) -> Iterator[Sequence[Arrival]]:
    """Cut where the hour turns, and after so many; a word of a kiosk's coming or going stands alone."""
    begin = 0
    for at in range(1, len(arrivals) + 1):
        if (
            at == len(arrivals)
            or arrivals[at][0] // 3_600_000 != arrivals[begin][0] // 3_600_000
            or at - begin >= MOST
        ):
            yield arrivals[begin:at]
            begin = at
