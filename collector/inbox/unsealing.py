"""Who was there? `link` is opened in memory, becomes keyed pseudonyms, and is thrown away; `contact` stays sealed.

What no key opens is kept as it came and counted: the key may be found again.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from collector.inbox.keyring import Keyring
from collector.ledger.port import Batch, Link, Taken
from kiosk.privacy.parts import PartError, parse_link
from kiosk.privacy.pseudonym import pseudonym
from kiosk.privacy.sealing import Context, Part, SealError, opened
from kiosk.wire.data import DeclarationData, Sealed, VisitData
from kiosk.wire.events import Event

PSEUDONYM_BYTES = 16


def unsealed(batch: Batch, keyring: Keyring) -> Batch:
    """With the people of each event in the place of its `link`."""
    return replace(batch, events=[_unsealed(taken, keyring) for taken in batch.events])


def _unsealed(taken: Taken, keyring: Keyring) -> Taken:
    data = taken.event.data
    if not isinstance(data, (VisitData, DeclarationData)) or data.link is None:
        return taken
    people = _people(taken.event, data.link, keyring)
    if not people:
        return replace(taken, link=Link.UNOPENED)
    return replace(taken, link=Link.OPENED, people=people, kept=_without_link(taken.payload))


def _people(event: Event, sealed: Sealed, keyring: Keyring) -> Sequence[bytes]:
    """One pseudonym for each identifier; none when it does not open."""
    private = keyring.opening.get(sealed.key)
    if private is None or keyring.pseudonym is None:
        return ()
    context = Context(event.id, event.kiosk, event.stream, event.seq)
    try:
        link = parse_link(opened(Part.LINK, sealed, private, context))
    except (SealError, PartError):
        return ()
    return [
        pseudonym(keyring.pseudonym, each.scheme, each.value)[:PSEUDONYM_BYTES]
        for each in link.identifiers
    ]


def _without_link(payload: bytes) -> bytes:
    message = json.loads(payload)
    del message["data"]["link"]
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
