"""A light kiosk: no camera, no lamp, no page. What it stores, seals, sends and believes is done by a kiosk's own rooms.

Store and uplink are one thread here and share an Outbox; clocks are those of the province, each as wrong as it is.
"""

import os
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from kiosk.commands import Commands
from kiosk.documents import Documents, authority_keys
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import Direction, Visit
from kiosk.reports import Report, Reporter, UplinkBeat
from kiosk.sealing_desk import SealingDesk
from kiosk.simulation.fleet.doors import Scan
from kiosk.simulation.fleet.people import identity_of
from kiosk.store.instant import ms_of
from kiosk.store.outbox import Head, Outbox
from kiosk.store.reserve import Reserve
from kiosk.store.stamp import Stamp
from kiosk.uplink.process import Uplink
from kiosk.uplink.settings import UplinkSettings
from kiosk.wire.ids import uuid7

# a thousand of them share one disk: no ballast
_ROOM = Reserve(ballast_bytes=0)


@dataclass(frozen=True, slots=True)
class Boot:
    """`wrong_s` is added to the time until the clock is right."""

    id: str
    at: datetime
    wrong_s: int


class _Heard(Reporter):
    """What the uplink tells the entrance: the last beat is kept, there is no entrance."""

    def __init__(self) -> None:
        super().__init__(Path(os.devnull))
        self.beat = UplinkBeat(False, 0, 0, 0.0, -1.0)

    def send(self, report: Report) -> bool:
        if isinstance(report, UplinkBeat):
            self.beat = report
        return True


@dataclass
class LightKiosk:
    """`folder` is its state, `tls` holds the certificates of all. Off until `power_on`, alone until `connect`."""

    settings: UplinkSettings
    folder: Path
    tls: Path
    now: Callable[[], datetime]
    visits: list[str] = field(default_factory=list)  # ids, as often as stored
    boot: Boot | None = None
    has_network: bool = True

    def __post_init__(self) -> None:
        self.id = self.settings.kiosk
        self._outbox: Outbox | None = None
        self._uplink: Uplink | None = None
        self._heard = _Heard()
        self._is_right = True
        self._last: dict[int, str] = {}  # what each person's scan before is called
        self._left = 0  # rows that waited when it was closed

    # ---- power, clock, network

    def power_on(self, at: datetime, wrong_s: int) -> None:
        self.boot = Boot(str(uuid.uuid4()), at, wrong_s)
        self._is_right = not wrong_s
        self._last = {}
        self._open()

    def clock_right(self) -> None:
        self._is_right = True

    def power_cut(self) -> None:
        self._end(goodbye=False)
        self.boot = None

    def switch_off(self) -> None:
        self._end(goodbye=True)
        self.boot = None

    def network(self, *, there: bool) -> None:
        self.has_network = there
        if self.boot is not None:
            self._end(goodbye=False)
            self._open()

    def pace(self, settings: UplinkSettings) -> None:
        """Go on with these, from the next connection on."""
        self.settings = settings
        if self.boot is not None:
            self._end(goodbye=False)
            self._open()

    # ---- what is stored

    def scan(self, scan: Scan, at: datetime) -> None:
        """Somebody stood here: sealed and on the disk when it returns."""
        stamp = self._stamp(at)
        visit = Visit(
            uuid7(max(0, ms_of(stamp.at)), os.urandom(10)),
            stamp.at,
            Direction(scan.direction),
            Verdict(Outcome(scan.verdict), scan.reason),
            identity_of(scan.person).kind,
            follows=self._last.get(scan.person) if scan.amends else None,
        )
        desk = SealingDesk(lambda: self._documents.keys, lambda: stamp.at)
        self._stored.append_visit(visit, stamp, desk.sealer(identity_of(scan.person)))
        self._last[scan.person] = visit.id
        self.visits.append(visit.id)

    def notice(self, notice: str, reason: str, at: datetime) -> None:
        self._stored.append_device_notice(notice, reason, self._stamp(at))

    def other_code(self, at: datetime) -> None:
        self._stored.append_notice(Verdict(Outcome.NOT_PERSONAL, "wifi"), self._stamp(at))

    # ---- what is asked of it

    @property
    def can_seal(self) -> bool:
        """Whether the authority's keys have come."""
        return bool(self._documents.keys.ingest and self._documents.keys.receipt)

    @property
    def beat(self) -> UplinkBeat:
        return self._heard.beat

    def waiting(self) -> int:
        """Rows without a receipt, also of a kiosk that is off."""
        return self._left if self._outbox is None else self._counted(self._outbox)

    def head(self) -> Head | None:
        if self._outbox is not None:
            return self._outbox.head()
        with self._new_outbox() as outbox:
            return outbox.head()

    def turn(self) -> None:
        if self._uplink is not None:
            self._uplink.turn(0.0)

    def close(self) -> None:
        self._end(goodbye=False)

    # ----

    @property
    def _stored(self) -> Outbox:
        assert self._outbox is not None  # noqa: S101 - nobody is scanned without power
        return self._outbox

    def _new_outbox(self) -> Outbox:
        outbox = Outbox(self.folder / "state.db", self.id, owner=True, room=_ROOM)
        outbox.open()
        return outbox

    def _counted(self, outbox: Outbox) -> int:
        return outbox.counts(self._stamp(self.now())).waiting

    def _open(self) -> None:
        self._outbox = self._new_outbox()
        self._heard = _Heard()
        authority = authority_keys(self.tls / "authority.pub")
        self._documents = Documents(self.folder / "documents", self.id, authority)
        self._documents.read()
        if self.has_network:
            commands = Commands(self.folder / "commands.json", self.id)
            self._uplink = Uplink(
                *(self.settings, self._outbox, self._documents, commands, self._heard),
                draw=random.SystemRandom().random,
                stamp=lambda: self._stamp(self.now()),
            )

    def _end(self, *, goodbye: bool) -> None:
        """The uplink closes the outbox that it was given."""
        if self._outbox is not None:
            self._left = self._counted(self._outbox)
        if self._uplink is not None:
            self._uplink.close(goodbye=goodbye)
        elif self._outbox is not None:
            self._outbox.close()
        self._uplink = self._outbox = None

    def _stamp(self, at: datetime) -> Stamp:
        """The clocks of this kiosk at a moment of the province."""
        boot = self.boot or Boot("00000000-0000-4000-8000-000000000000", at, 0)
        since = at - boot.at
        wrong = timedelta(0) if self._is_right else timedelta(seconds=boot.wrong_s)
        return Stamp(at + wrong, boot.id, int(since.total_seconds() * 1e9) + 1, self._is_right)
