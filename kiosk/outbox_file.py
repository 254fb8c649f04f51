"""The outbox on a stick: what waits goes into a file for a technician to carry, and the collector's receipts come back.

Nothing leaves the outbox by being exported: the events lie in the file as they would have been sent, sealed, and only a
signed receipt frees a row. Carried and sent, an event arrives twice and counts once.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.durable_file import whole_file
from kiosk.errors import KioskError
from kiosk.store.outbox import ChainDiffers, Outbox
from kiosk.wire import carried, receipts
from kiosk.wire.carried import CarriedError, Carries
from kiosk.wire.errors import WireError

log = logging.getLogger(__name__)

SUFFIX = ".events"
_ROWS_A_READ = 200


@dataclass(frozen=True, slots=True)
class Imported:
    """`received` rows are newly named by the receipts; `refused` receipts were not signed, or not for these events."""

    receipts: int
    received: int
    refused: int


def export(outbox: Outbox, kiosk: str, to: Path, now: datetime) -> tuple[Path, int]:
    """Write what has no receipt into `to`, a new file or a folder for one: its path, and how many events.

    Raise KioskError when it cannot be written; then there is no file. Raise StoreError when the outbox cannot be read.
    """
    path = to / f"{kiosk}-{now:%Y%m%dT%H%M%SZ}{SUFFIX}" if to.is_dir() else to
    if path.exists():
        raise KioskError(f"{path} is there already: name another file")
    try:
        # a stick is pulled out early: all of it, or no file
        with whole_file(path, 0o600) as file:
            count = carried.write(file, Carries.EVENTS, kiosk, now, _payloads(outbox))
    except OSError as error:
        raise KioskError(f"{path}: {error.strerror}") from error
    return path, count


def import_receipts(
    outbox: Outbox, kiosk: str, file: Path, keys: Mapping[str, Ed25519PublicKey]
) -> Imported:
    """Apply the collector's receipts. `keys`: whose receipts count.

    Raise KioskError for a file that is none, or another kiosk's, and without keys: nothing has been done then. Raise
    StoreError when the outbox cannot be written; the file may be taken again.
    """
    if not keys:
        raise KioskError("no document `keys` has come down yet: no receipt can be believed")
    try:
        with file.open("rb") as opened:
            found = carried.read(opened, Carries.RECEIPTS)
    except OSError as error:
        raise KioskError(f"{file}: {error.strerror}") from error
    except CarriedError as error:
        raise KioskError(f"{file}: {error}") from error
    if found.kiosk != kiosk:
        raise KioskError(f"{file}: these receipts are for {found.kiosk}, this is {kiosk}")
    received = [_apply(outbox, message, keys) for message in found.messages]
    freed = [one for one in received if one is not None]
    return Imported(len(received), sum(freed), len(received) - len(freed))


def _apply(outbox: Outbox, message: bytes, keys: Mapping[str, Ed25519PublicKey]) -> int | None:
    try:
        return outbox.received(receipts.verified(message, keys))
    except (WireError, ChainDiffers) as error:
        log.error("a receipt is refused: %s", error)
        return None


def _payloads(outbox: Outbox) -> Iterator[bytes]:
    position = 0
    while found := outbox.unreceived(position, _ROWS_A_READ):
        yield from (row.payload for row in found)
        position = found[-1].position
