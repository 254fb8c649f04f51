"""Takes in a backlog that was carried here by hand, by the same path as what comes from the broker.

An event that has come already counts once. The signed receipts go into a file beside it, to be carried back.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collector.errors import CollectorError
from collector.inbox.keyring import Keyring
from collector.inbox.sorting import sort
from collector.inbox.unsealing import unsealed
from collector.ledger.port import Ledger
from kiosk.durable_file import write_whole
from kiosk.wire import carried, receipts
from kiosk.wire.carried import Carried, CarriedError, Carries
from kiosk.wire.topics import Channel, topic

SUFFIX = ".receipts"
EVENTS_A_COMMIT = 2_000  # nobody waits for a receipt meanwhile


@dataclass(frozen=True, slots=True)
class TakenIn:
    kiosk: str
    events: int  # in the file, repeats and poison included
    receipts: Path


def take_in(
    file: Path,
    ledger: Ledger,
    keyring: Keyring,
    told: Callable[[int, int], None] = lambda _1, _2: None,
) -> TakenIn:
    """`ledger` and `keyring` are open; `told` hears how many events are in, and of how many. Raise CollectorError for a
    file that is none, or one whose receipts cannot be written. The file may be taken again, then and when this was
    interrupted: what is in counts once."""
    try:
        with file.open("rb") as opened:
            found = carried.read(opened, Carries.EVENTS)
    except CarriedError as error:
        raise CollectorError(f"{file}: {error}") from error
    where = topic(found.kiosk, Channel.EVENT)
    signed: list[bytes] = []
    done = 0
    for part in _parts(found):
        batch = unsealed(sort((where, payload) for payload in part), keyring)
        due = ledger.commit(batch, datetime.now(UTC))
        signed.extend(receipts.sign(each.receipt, keyring.receipt) for each in due)
        done += len(part)
        told(done, len(found.messages))
    back = file.with_name(file.name + SUFFIX)
    _write(back, found.kiosk, signed)
    return TakenIn(found.kiosk, len(found.messages), back)


def _parts(found: Carried) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(found.messages), EVENTS_A_COMMIT):
        yield found.messages[start : start + EVENTS_A_COMMIT]


def _write(path: Path, kiosk: str, signed: Sequence[bytes]) -> None:
    content = io.BytesIO()
    carried.write(content, Carries.RECEIPTS, kiosk, datetime.now(UTC), signed)
    write_whole(path, content.getvalue(), 0o644)
