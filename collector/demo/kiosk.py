"""A made-up kiosk: a stream of its own, chained as on a real one, and the words it says of itself."""

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collector.days import at_ms
from collector.ledger.port import Link, Taken
from kiosk.wire.data import NOTICE, VISIT
from kiosk.wire.events import chain_hash, decode, first_hash
from kiosk.wire.health import Health
from kiosk.wire.ids import uuid7
from kiosk.wire.rfc3339 import time_text
from kiosk.wire.status import Presence, Status


@dataclass
class MadeKiosk:
    """Times are milliseconds since 1970, UTC. What it has told is not yet sent: the caller says when it arrives."""

    id: str
    seed: int
    stream: str = ""
    seq: int = 0
    boot: int = 0
    birth: int = 0
    up_since_ms: int = 0
    connected_ms: int = 0
    prev_hash: str = ""
    backlog: list[Taken] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dice = random.Random(f"{self.seed} {self.id}")  # noqa: S311 - no secret
        self.stream = hashlib.sha256(f"{self.seed} {self.id}".encode()).hexdigest()[:32]
        self.prev_hash = first_hash(self.stream)

    def begin(self, now_ms: int) -> None:
        """Switched on."""
        self.boot += 1
        self.up_since_ms = now_ms

    def connect(self, now_ms: int) -> Status:
        self.birth += 1
        self.connected_ms = now_ms
        return self._status(Presence.ONLINE, now_ms)

    def goodbye(self, now_ms: int) -> Status:
        return self._status(Presence.OFFLINE, now_ms)

    def will(self) -> Status:
        """What the broker says for it, written when it had connected."""
        return self._status(Presence.OFFLINE, self.connected_ms)

    def health(self, now_ms: int, waiting: int, fault: str = "") -> Health:
        return Health(
            stream=self.stream,
            boot=max(1, self.boot),
            birth=max(1, self.birth),
            at=at_ms(now_ms),
            uptime_s=round((now_ms - self.up_since_ms) / 1000, 1),
            waiting=waiting,
            sent=0,
            parked=0,
            oldest_s=60.0 * waiting,
            receipt_age_s=5.0,
            refused=0,
            reconnects=0,
            free_mib=9_000,
            storage="ok",
            load_1m=0.3,
            extra={"fault": fault},
        )

    def visit(self, now_ms: int, person: bytes | None, data: Mapping[str, Any]) -> Taken:
        return self._event(now_ms, VISIT, data, [person] if person else [])

    def notice(self, now_ms: int, notice: str, reason: str, count: int = 1) -> Taken:
        return self._event(now_ms, NOTICE, {"notice": notice, "reason": reason, "count": count})

    def _status(self, state: Presence, now_ms: int) -> Status:
        return Status(state, self.stream, max(1, self.boot), max(1, self.birth), at_ms(now_ms))

    def _event(
        self, now_ms: int, kind: str, data: Mapping[str, Any], people: list[bytes] | None = None
    ) -> Taken:
        self.seq += 1
        message = {
            "specversion": "1.0",
            "id": uuid7(now_ms, self._dice.randbytes(10)),
            "source": f"/kiosk/{self.id}",
            "type": kind,
            "time": time_text(_aware(now_ms)),
            "datacontenttype": "application/json",
            "stream": self.stream,
            "seq": self.seq,
            "bootid": f"{self.boot:08x}-0000-4000-8000-{self.stream[:12]}",
            "boottime": str(max(0, now_ms - self.up_since_ms) * 1_000_000),
            "timequality": "ntp",
            "data": data,
            "prevhash": self.prev_hash,
        }
        payload = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        self.prev_hash = chain_hash(payload)
        link = Link.OPENED if people else Link.NONE
        kept = payload if people else b""
        return Taken(decode(payload, self.id), payload, link, people or [], kept)


def _aware(now_ms: int) -> datetime:
    return at_ms(now_ms)
