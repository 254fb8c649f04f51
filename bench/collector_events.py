"""Events as a kiosk sends them, sealed parts included, of made-up people and of one stream."""

import base64
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.privacy.sealing import Context, Part, seal
from kiosk.wire.data import Sealed
from kiosk.wire.events import chain_hash, first_hash
from kiosk.wire.ids import uuid7
from kiosk.wire.keys import SealingKey

KIOSK, STREAM = "cho-1", "00112233445566778899aabbccddeeff"
_LINK = json.dumps({"ids": [["cccd", "084000000017"]], "name": "thach thi mau", "birth": "1990"})


def sealed_visits(count: int, private: X25519PrivateKey) -> list[bytes]:
    """A chain of visits, each with both sealed parts."""
    key = SealingKey(private.public_key(), datetime.now(UTC))
    made: list[bytes] = []
    prev = first_hash(STREAM)
    for seq in range(1, count + 1):
        event_id = uuid7(1_764_000_000_000 + seq, os.urandom(10))
        context = Context(event_id, KIOSK, STREAM, seq)
        sealed = {
            part.value: {"key": one.key, "sealed": base64.b64encode(one.ciphertext).decode()}
            for part, one in (
                (Part.LINK, seal(Part.LINK, _LINK.encode(), key, context)),
                (Part.CONTACT, Sealed(key.id, os.urandom(260))),
            )
        }
        message = {
            "specversion": "1.0",
            "id": event_id,
            "source": f"/kiosk/{KIOSK}",
            "type": "vn.entrance.visit.v1",
            "time": "2026-11-24T01:00:00.123456Z",
            "datacontenttype": "application/json",
            "stream": STREAM,
            "seq": seq,
            "bootid": "11111111-2222-4333-8444-555555555555",
            "boottime": str(seq * 1_000_000),
            "timequality": "ntp",
            "data": {
                **{"verdict": "accepted", "reason": "pass", "direction": "in", "code": "cccd"},
                **sealed,
            },
            "prevhash": prev,
        }
        made.append(_written(message))
        prev = chain_hash(made[-1])
    return made


def renumbered(events: Sequence[bytes], count: int) -> list[bytes]:
    """So many events in one stream; what is sealed in them is that of others, and opened by nobody."""
    made: list[bytes] = []
    prev = first_hash(STREAM)
    for seq in range(1, count + 1):
        fields = json.loads(events[seq % len(events)])
        fields["id"] = uuid7(1_764_000_000_000 + seq, os.urandom(10))
        fields.update(seq=seq, prevhash=prev, boottime=str(seq * 1_000_000))
        made.append(_written(fields))
        prev = chain_hash(made[-1])
    return made


def _written(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
