"""Who was there? `link` is opened in memory, becomes keyed pseudonyms, and is thrown away; `contact` stays sealed.

What no key opens is kept as it came and counted: the key may be found again.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector.inbox.keyring import Keyring
from collector.ledger.port import Batch, Link, Taken
from kiosk.privacy import parts
from kiosk.privacy.pseudonym import pseudonym
from kiosk.privacy.sealing import Context, Part, SealError, opened
from kiosk.wire.data import DeclarationData, Sealed, VisitData
from kiosk.wire.events import Event

PSEUDONYM_BYTES = 16


class Told(NamedTuple):
    """A declaration that was opened: by which kiosk, of whom, what, and their pseudonyms."""

    kiosk: str
    link: parts.Link
    data: DeclarationData
    people: Sequence[bytes]


# told of the declarations of a batch; it must not keep their links
Declared = Callable[[Sequence[Told]], None]


def tell_nobody(declarations: Sequence[Told]) -> None:
    pass


def unsealed(batch: Batch, keyring: Keyring) -> Batch:
    """With the people of each event in the place of its `link`."""
    return replace(batch, events=[one_unsealed(taken, keyring, []) for taken in batch.events])


def one_unsealed(taken: Taken, keyring: Keyring, told: list[Told]) -> Taken:
    """With the people of the event in the place of its `link`. A declaration is added to `told`."""
    data = taken.event.data
    if not isinstance(data, (VisitData, DeclarationData)) or data.link is None:
        return taken
    link = _link(data.link, context_of(taken.event), keyring.opening)
    if link is None or keyring.pseudonym is None:
        return with_people(taken, None)
    people = _people(link, keyring.pseudonym)
    if isinstance(data, DeclarationData):
        told.append(Told(taken.event.kiosk, link, data, people))
    return with_people(taken, people)


def people_of(
    sealed: Sealed, context: Context, opening: Mapping[str, X25519PrivateKey], key: bytes
) -> list[bytes] | None:
    """The pseudonyms in a `link`, under the pseudonym key. None when no key of `opening` opens it."""
    link = _link(sealed, context, opening)
    return None if link is None else _people(link, key)


def with_people(taken: Taken, people: Sequence[bytes] | None) -> Taken:
    """An event with a `link`, and who is in it; None when it was not opened."""
    data = taken.event.data
    if people is None or not isinstance(data, (VisitData, DeclarationData)) or data.link is None:
        return replace(taken, link=Link.UNOPENED)
    kept = _without_link(taken.payload, data.link)
    return Taken(taken.event, taken.payload, Link.OPENED, people, kept)


def context_of(event: Event) -> Context:
    return Context(event.id, event.kiosk, event.stream, event.seq)


def _people(link: parts.Link, key: bytes) -> list[bytes]:
    return [pseudonym(key, each.scheme, each.value)[:PSEUDONYM_BYTES] for each in link.identifiers]


def _link(
    sealed: Sealed, context: Context, opening: Mapping[str, X25519PrivateKey]
) -> parts.Link | None:
    """None when no key of ours opens it, or it is no link."""
    private = opening.get(sealed.key)
    if private is None:
        return None
    try:
        return parts.parse_link(opened(Part.LINK, sealed, private, context))
    except (SealError, parts.PartError):
        return None


def _without_link(payload: bytes, link: Sealed) -> bytes:
    """Cut out where it stands as kiosks write it; where nothing else can be meant. Else it is all written anew."""
    sealed = base64.b64encode(link.ciphertext)
    member = b'"link":{"key":"%b","sealed":"%b"}' % (link.key.encode("ascii"), sealed)
    if payload.count(b'"link"') == 1 and b"\\" not in payload:
        for part in (b"," + member, member + b","):
            before, found, after = payload.partition(part)
            if found:
                return before + after
    message = json.loads(payload)
    del message["data"]["link"]
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
