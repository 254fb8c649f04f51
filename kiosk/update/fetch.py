"""Fetches the release that this kiosk is to take, as the user who holds the certificate; what was begun goes on where
it stopped. Nothing is believed of it here but its hash: who installs it looks at its signature."""

import hashlib
import http.client
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from kiosk.update.bundle import UpdateError, this_machine, this_python
from kiosk.wire import updates
from kiosk.wire.updates import Offer, Rollout

# what a door must keep for its visits, whatever else is fetched
ROOM_LEFT_BYTES = 256 << 20
_CHUNK_BYTES = 1 << 16


def offered(rollout: Rollout, kiosk: str, but: Iterable[str]) -> Offer | None:
    """What this kiosk is to take now; `but` the release at work and those that failed here."""
    offer = rollout.offer_for(kiosk, this_python(), this_machine())
    return None if offer is None or offer.name in but else offer


def fetch(offer: Offer, folder: Path, connection: http.client.HTTPConnection) -> Path:
    """The file, whole and on the disk. Raise UpdateError: what has come so far stays for the next time."""
    whole, part = folder / offer.file, folder / f"{offer.file}.part"
    folder.mkdir(mode=0o770, exist_ok=True)
    for other in folder.iterdir():
        if other not in (whole, part):
            other.unlink()
    if whole.exists():
        return whole
    had = part.stat().st_size if part.exists() else 0
    if shutil.disk_usage(folder).free < 3 * offer.size + ROOM_LEFT_BYTES:
        raise UpdateError(
            f"no room for {offer.name}: three times {offer.size >> 20} MiB are needed"
        )
    try:
        if had < offer.size:
            _take(offer, part, had, connection)
    except (OSError, http.client.HTTPException) as error:
        told = getattr(error, "strerror", None) or type(error).__name__
        raise UpdateError(f"{offer.name} was not fetched to its end: {told}") from error
    if part.stat().st_size < offer.size:
        raise UpdateError(f"{offer.name} was not fetched to its end")
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    if digest != offer.sha256:
        part.unlink()
        raise UpdateError(f"{offer.name} is not what was announced: it is thrown away")
    part.replace(whole)
    return whole


def _take(offer: Offer, part: Path, had: int, connection: http.client.HTTPConnection) -> None:
    connection.request("GET", updates.PATH + offer.file, headers={"Range": f"bytes={had}-"})
    answer = connection.getresponse()
    if answer.status not in (http.client.OK, http.client.PARTIAL_CONTENT):
        raise UpdateError(f"{offer.name} was not fetched: status {answer.status}")
    goes_on = answer.status == http.client.PARTIAL_CONTENT
    left = offer.size - (had if goes_on else 0)
    with part.open("ab" if goes_on else "wb") as file:
        while left > 0 and (chunk := answer.read(min(left, _CHUNK_BYTES))):
            file.write(chunk)
            left -= len(chunk)
