"""The collector's word that it has committed events of one stream. Only this frees a row of the outbox.

Cumulative, so that a lost receipt is healed by the next one; it names the stream, so that a kiosk that was set up anew
and counts from 1 again is not freed of rows nobody has. On the wire it is signed (`sign`, `verified`): a forged one
would destroy evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.wire import signed, strict_json
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.ids import HASH, STREAM
from kiosk.wire.rfc3339 import time_text
from kiosk.wire.signed import Purpose

MAX_ALSO = 256
CONTENT_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Receipt:
    """`upto` is the highest seq with no gap below it, 0 when seq 1 is missing; `also` are committed numbers above it,
    rising. `chain` is the hash of event `upto` (events.chain_hash), empty when that is 0. Up to `archived_upto` the
    events are in a second place. `ledger` is the random id of the ledger, new after a restore: 32 hex digits."""

    stream: str
    upto: int
    also: tuple[int, ...]
    at: datetime
    chain: str = ""
    archived_upto: int = 0
    ledger: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


def encode(receipt: Receipt) -> bytes:
    """Raise WireError for a receipt that `decode` would refuse."""
    message: dict[str, Any] = {
        **receipt.extra,
        "stream": receipt.stream,
        "upto": receipt.upto,
        "also": list(receipt.also),
        "at": time_text(receipt.at),
        "archived": receipt.archived_upto,
    }
    if receipt.chain:
        message["chainhash"] = receipt.chain
    if receipt.ledger:
        message["ledger"] = receipt.ledger
    _parse(message)
    return strict_json.dumps(message)


def decode(payload: bytes) -> Receipt:
    """Raise WireError, and nothing else, for a payload that is no receipt."""
    return _parse(strict_json.loads(payload))


def sign(receipt: Receipt, key: Ed25519PrivateKey) -> bytes:
    """The bytes to publish. Raise WireError for a receipt that `verified` would refuse."""
    return signed.sign(encode(receipt), Purpose.RECEIPT, key)


def verified(payload: bytes, keys: Mapping[str, Ed25519PublicKey]) -> Receipt:
    """Raise WireError, and nothing else, for what no key of `keys` has signed or what is no receipt."""
    return decode(signed.verified(payload, Purpose.RECEIPT, keys))


_KNOWN = ("stream", "upto", "also", "at", "chainhash", "archived", "ledger")


def _parse(fields: Mapping[str, Any]) -> Receipt:
    stream = strict_json.text_of(fields, "stream", Refusal.BAD_STREAM)
    if not STREAM.fullmatch(stream):
        raise WireError(Refusal.BAD_STREAM, "stream")
    upto = strict_json.whole_of(fields, "upto", Refusal.BAD_SEQ)
    also = fields.get("also")
    if not isinstance(also, list) or len(also) > MAX_ALSO:
        raise WireError(Refusal.BAD_SEQ, "also")
    below = upto
    for seq in also:
        if type(seq) is not int or not below < seq <= strict_json.MAX_INTEGER:
            raise WireError(Refusal.BAD_SEQ, "also")
        below = seq
    chain = fields.get("chainhash", "")
    if not isinstance(chain, str) or (chain and not HASH.fullmatch(chain)):
        raise WireError(Refusal.BAD_CHAIN, "chainhash")
    ledger = fields.get("ledger", "")
    if not isinstance(ledger, str) or (ledger and not STREAM.fullmatch(ledger)):
        raise WireError(Refusal.BAD_DATA, "ledger")
    archived = strict_json.whole_of({"archived": 0, **fields}, "archived", Refusal.BAD_SEQ)
    return Receipt(
        stream=stream,
        upto=upto,
        also=tuple(also),
        at=strict_json.time_of(fields, "at"),
        chain=chain,
        archived_upto=archived,
        ledger=ledger,
        extra={name: value for name, value in fields.items() if name not in _KNOWN},
    )
