"""`contact` is wrapped once more before it is stored, under the key of the day it came in: AES-256-GCM, bound to its
event. It stays sealed to the tracing key inside.

In the stored event: `"contact":{"day":DAY,"wrapped":BASE64}`, a nonce of 12 bytes and then the ciphertext of the key id
(16 letters) and the sealed bytes. The chain is over the bytes as they came.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from collector.days import day_of, ms_of
from collector.inbox.day_keys import DayKeys
from collector.ledger.port import Batch, Taken
from kiosk.privacy.sealing import Context
from kiosk.wire.data import DeclarationData, Sealed, VisitData

_NONCE_BYTES = 12
_ID_BYTES = 16


def wrapped(batch: Batch, keys: DayKeys, now: datetime) -> Batch:
    """Raise CollectorError when there is no key of this day: then nothing may be stored."""
    if not any(_contact(taken) for taken in batch.events):
        return batch
    day = day_of(ms_of(now))
    cipher = AESGCM(keys.made(day))
    events = [_wrapped(taken, cipher, day) for taken in batch.events]
    return replace(batch, events=events)


def unwrapped(context: Context, day: int, text: str, keys: DayKeys) -> Sealed | str:
    """The contact as its kiosk has sealed it, or the word why not: `day_key_gone`, `not_opened`."""
    key = keys.of(day)
    if key is None:
        return "day_key_gone"
    try:
        whole = base64.b64decode(text, validate=True)
        plain = AESGCM(key).decrypt(whole[:_NONCE_BYTES], whole[_NONCE_BYTES:], _bound_to(context))
        return Sealed(plain[:_ID_BYTES].decode("ascii"), plain[_ID_BYTES:])
    except (InvalidTag, ValueError, binascii.Error):
        return "not_opened"


def answer(question: Mapping[str, Any], keys: DayKeys) -> Mapping[str, Any]:
    """To `unwrap` of collector.people.asking."""
    match question:
        case {
            "event": str(event),
            "kiosk": str(kiosk),
            "stream": str(stream),
            "seq": int(seq),
            "day": int(day),
            "wrapped": str(text),
            **others,
        } if not others and 0 <= day < 10**6:
            found = unwrapped(Context(event, kiosk, stream, seq), day, text, keys)
            if isinstance(found, str):
                return {"why": found}
            sealed = base64.b64encode(found.ciphertext).decode("ascii")
            return {"key": found.key, "sealed": sealed}
    return {"cannot": "not_understood"}


def _wrapped(taken: Taken, cipher: AESGCM, day: int) -> Taken:
    contact = _contact(taken)
    if contact is None:
        return taken
    event = taken.event
    nonce = secrets.token_bytes(_NONCE_BYTES)
    plain = contact.key.encode("ascii") + contact.ciphertext
    context = Context(event.id, event.kiosk, event.stream, event.seq)
    whole = nonce + cipher.encrypt(nonce, plain, _bound_to(context))
    text = base64.b64encode(whole)
    kept = taken.kept or taken.payload
    return replace(
        taken, kept=_with_contact(kept, contact, b'{"day":%d,"wrapped":"%b"}' % (day, text))
    )


def _contact(taken: Taken) -> Sealed | None:
    data = taken.event.data
    return data.contact if isinstance(data, (VisitData, DeclarationData)) else None


def _bound_to(context: Context) -> bytes:
    fields = (context.kiosk, context.stream, str(context.seq), context.event_id)
    return "\0".join(fields).encode()


def _with_contact(kept: bytes, contact: Sealed, new: bytes) -> bytes:
    """Put where the old one stands as kiosks write it; where nothing else can be meant. Else it is all written anew."""
    sealed = base64.b64encode(contact.ciphertext)
    old = b'"contact":{"key":"%b","sealed":"%b"}' % (contact.key.encode("ascii"), sealed)
    if kept.count(b'"contact"') == 1 and b"\\" not in kept and old in kept:
        return kept.replace(old, b'"contact":' + new)
    message = json.loads(kept)
    message["data"]["contact"] = json.loads(new)
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
