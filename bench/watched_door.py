"""A door with its real loop, database and lamps, and its staff pages by TLS: for tests and figures of them."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import argon2
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from bench.breaking_pins import BreakingPins
from hardware.boards import BOARDS
from hardware.lights import LOOK_S, Lights
from hardware.sensors import Sensors
from kiosk.attendance import Attendance
from kiosk.credentials import classify
from kiosk.domain.declaration import Risk
from kiosk.domain.identity import Identity
from kiosk.domain.policy import Policy
from kiosk.domain.shared_code import Shown
from kiosk.domain.visit import Door
from kiosk.entrance_parts import Parts
from kiosk.loop import Entrance
from kiosk.questions import shipped
from kiosk.reports import EyeBeat, ReadingReport, Report, UplinkBeat
from kiosk.sealing_desk import SealingDesk
from kiosk.staff.desk import StaffDesk
from kiosk.staff.tally import Begun, Tally
from kiosk.store.declared import DeclaredPeople
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import Stamp, read_boot_id, read_stamp
from kiosk.store.tags import Tags
from kiosk.threshold import Threshold
from kiosk.web.feed import Feed
from kiosk.web.monitor import create_monitor_app
from kiosk.web.monitor.ports import StaffPages
from kiosk.web.ports import Declared
from kiosk.web.safety.own_certificate import own_certificate
from kiosk.web.safety.staff_book import FIRST, Person, StaffBook, StaffRole
from kiosk.web.safety.web_server import WebServer
from kiosk.web.settings import PageSettings
from kiosk.wire import events
from kiosk.wire.data import NoticeData
from kiosk.wire.ids import uuid7
from kiosk.wire.keys import AuthorityKeys, SealingKey

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NAMES = ("Thạch Thị Mẫu", "Trần Văn Thử", "Sơn Thị Sa Rây", "Lê Mẫu")
LIMIT_S = 20.0
MANAGER_PIN, GUARD_PIN = "482915", "739154"
BOARD = BOARDS["entrance-v1-watched"]


class WatchedDoor:
    """`shows` holds up a card; the rest is what the pages see of it."""

    server: WebServer
    desk: StaffDesk
    lights: Lights
    entrance: Entrance

    def __init__(
        self, folder: Path, limit: int = 10, passed_within_s: float = 0.0, look_s: float = LOOK_S
    ) -> None:
        """Without `passed_within_s` nobody asks the light barrier. `look_s`: so often lost lamps are tried again."""
        self.folder = folder
        self.limit = limit
        self.passed_within_s = passed_within_s
        self.pins = BreakingPins()
        self.look_s = look_s
        self.stop = threading.Event()
        self.ready = threading.Event()
        self.monitor = Feed(6)
        self.screen = Feed()
        self.thread = threading.Thread(target=self._loop)
        self.clock: Callable[[], float] = time.time  # of PINs and sessions
        self.book = StaffBook(folder / "staff.json", lambda: self.clock(), QUICK)
        self.serial = 0
        self.held_up = Shown()  # before it opens
        self._writing = threading.Lock()
        self.reports: tuple[Report, ...] = ()
        self.pulse = threading.Thread(target=self._beat)

    def open(self) -> None:
        self.book.open()
        self.book.choose(self._signed_in(FIRST, self.book.first_pin), MANAGER_PIN)
        for number in (1, 2):
            person = f"bao-ve-{number}"
            pin = self.book.put(person, StaffRole.GUARD)
            self.book.choose(self._signed_in(person, pin), GUARD_PIN)
        self.thread.start()
        assert self.ready.wait(LIMIT_S)
        self.beats()
        self.pulse.start()
        self._serve(0)

    def close(self) -> None:
        self.server.close()
        self.stop.set()
        self.pulse.join()
        self.thread.join()
        self.screen.close()

    def restart_pages(self) -> None:
        """The same port, with a feed that readers may follow again."""
        port = self.server.port
        self.server.close()
        self.monitor = Feed(6)
        self._serve(port)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server.port}/"

    def beats(
        self, camera: str = "ok", waiting: int = 0, oldest_s: float = 0.0, connected: bool = True
    ) -> None:
        """What eye and uplink say from now on."""
        self.reports = (
            EyeBeat(camera, False, 30.0, 0.0, 1.0, 2.0, 0),
            UplinkBeat(connected, waiting, 0, oldest_s, 1.0),
        )
        self._tell()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Meanwhile the loop waits before it writes anything down."""
        with self._writing:
            yield

    def _stamp(self, boot_id: str) -> Stamp:
        with self._writing:
            return replace(read_stamp(boot_id), synchronised=True)

    def _beat(self) -> None:
        while not self.stop.wait(0.5):
            self._tell()

    def _tell(self) -> None:
        for report in self.reports:
            self.entrance.deliver(report)

    def shows(self) -> None:
        """A citizen card of somebody made up, who was never here before."""
        self.entrance.deliver(ReadingReport("QRCode", self.card(), time.monotonic_ns(), 1.0))

    def declares(self, name: str, risk: Risk = Risk.NONE) -> Declared:
        """Somebody of this name fills in the form after showing a card."""
        identity = classify(self.card(name))
        assert isinstance(identity, Identity)
        return self.entrance.declare(identity, risk, 1)

    def card(self, name: str = "") -> bytes:
        """Of the next one to come."""
        self.serial += 1
        name = name or NAMES[self.serial % len(NAMES)]
        number = f"084190{self.serial:06}"
        return f"{number}||{name}|05091990|Nữ|Long Hiệp, Trà Cú, Trà Vinh|15042021".encode()

    def _signed_in(self, person: str, pin: str) -> Person:
        found = self.book.who(self.book.sign_in(person, pin))
        assert found is not None
        return found

    def passes(self) -> None:
        """Somebody breaks the beam for a moment."""
        assert BOARD.barrier is not None
        pin = self.pins.pin(BOARD.barrier.pin)
        pin.drive_low()
        time.sleep(BOARD.barrier.bounce_s + 0.05)
        pin.drive_high()
        time.sleep(BOARD.barrier.bounce_s + 0.05)

    def notices(self, beginning: str = "staff_") -> list[tuple[str, str, dict[str, Any]]]:
        """What has been written down of acts, or of what else begins so: (notice, reason, extra)."""
        with Outbox(self.folder / "state.db", "gate-1", owner=False) as outbox:
            stored = [events.decode(row.payload, "gate-1").data for row in outbox.waiting(0, 1_000)]
        return [
            (one.notice, one.reason, dict(one.extra))
            for one in stored
            if isinstance(one, NoticeData) and one.notice.startswith(beginning)
        ]

    def _serve(self, port: int) -> None:
        certificate = own_certificate(self.folder / "tls", ["localhost", "127.0.0.1"])
        parts = StaffPages(
            self.book,
            self.desk,
            self.monitor,
            self.entrance.act,
            shipped(),
            lambda: datetime.now(ZONE),
            self.entrance.paper,
            lambda: self.entrance.policy.paper_kept,
            ("29242",),
        )
        settings = PageSettings(venue_name="Chợ Mẫu")
        self.server = WebServer(
            "staff",
            create_monitor_app(parts, settings),
            ("127.0.0.1", port),
            certificate,
            threads=12,
            on_close=self.monitor.close,
        )
        self.server.open()

    def _publish(self, state: dict[str, Any]) -> None:
        self.monitor.publish(state)

    def _loop(self) -> None:
        with ExitStack() as stack:
            boot_id = read_boot_id()
            keys = AuthorityKeys(ingest=(_sealing_key(),), tracing=(_sealing_key(),))
            lights = stack.enter_context(Lights(BOARD, self.pins, look_s=self.look_s))
            sensors = stack.enter_context(Sensors(BOARD, self.pins))
            threshold = Threshold(lambda: sensors.beam, self.passed_within_s)
            outbox = stack.enter_context(Outbox(self.folder / "state.db", "gate-1", owner=True))
            tally = Tally(self.folder / "tally.json", datetime.now(ZONE).date(), Begun())
            self.desk = StaffDesk(
                tally, lambda: datetime.now(ZONE), limit=self.limit, boot="b", publish=self._publish
            )
            self.lights = lights
            self.entrance = Entrance(
                Parts(
                    door=Door.IN,
                    policy=Policy(),
                    outbox=outbox,
                    declared=stack.enter_context(DeclaredPeople()),
                    tags=stack.enter_context(Tags(None)),
                    sealing=SealingDesk(lambda: keys, lambda: datetime.now(UTC)),
                    attendance=Attendance(ZONE, datetime.now(UTC), began_empty=True),
                    lights=lights,
                    feed=self.screen,
                    classify=classify,
                    new_id=lambda: uuid7(time.time_ns() // 1_000_000, os.urandom(10)),
                    stamp=partial(self._stamp, boot_id),
                    local_time=lambda at: f"{at.astimezone(ZONE):%H:%M}",
                    today=lambda at: at.astimezone(ZONE).date(),
                    boot="b",
                    staff=self.desk,
                    held_up=self.held_up,
                    threshold=threshold,
                    extras=lambda: {"barrier": threshold.state} if self.passed_within_s else {},
                )
            )
            self.ready.set()
            self.entrance.run(self.stop)


def _sealing_key() -> SealingKey:
    return SealingKey(X25519PrivateKey.generate().public_key(), datetime.now(UTC))
