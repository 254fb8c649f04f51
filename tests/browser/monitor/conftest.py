"""A door with its real loop, database and lamps, its staff pages by TLS, and the phones of its guards."""

import os
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

import argon2
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hardware.boards import BOARDS
from hardware.lights import Lights
from hardware.pins import mock_pins
from kiosk.attendance import Attendance
from kiosk.credentials import classify
from kiosk.domain.declaration import Risk
from kiosk.domain.policy import Policy
from kiosk.domain.visit import Door
from kiosk.entrance_parts import Parts
from kiosk.loop import Entrance
from kiosk.questions import shipped
from kiosk.reports import EyeBeat, ReadingReport, UplinkBeat
from kiosk.sealing_desk import SealingDesk
from kiosk.staff.desk import StaffDesk
from kiosk.staff.tally import Begun, Tally
from kiosk.store.declared import DeclaredPeople
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import read_boot_id, read_stamp
from kiosk.store.tags import Tags
from kiosk.web.feed import Feed
from kiosk.web.monitor import create_monitor_app
from kiosk.web.monitor.ports import StaffPages
from kiosk.web.safety.own_certificate import own_certificate
from kiosk.web.safety.staff_book import FIRST, StaffBook, StaffRole
from kiosk.web.safety.web_server import WebServer
from kiosk.web.settings import PageSettings
from kiosk.wire import events
from kiosk.wire.ids import uuid7
from kiosk.wire.keys import AuthorityKeys, SealingKey

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NAMES = ("Thạch Thị Mẫu", "Trần Văn Thử", "Sơn Thị Sa Rây", "Lê Mẫu")
LIMIT_S = 20.0
SIZES = {"phone": (360, 740), "desktop": (1280, 860)}
MANAGER_PIN, GUARD_PIN = "482915", "739154"


class WatchedDoor:
    """`shows` holds up a card; the rest is what the pages see of it."""

    def __init__(self, folder, limit=10):
        self.folder = folder
        self.limit = limit
        self.stop = threading.Event()
        self.ready = threading.Event()
        self.monitor = Feed(6)
        self.screen = Feed()
        self.thread = threading.Thread(target=self._loop)
        self.book = StaffBook(folder / "staff.json", time.time, QUICK)
        self.serial = 0
        self.reports = ()
        self.pulse = threading.Thread(target=self._beat)

    def open(self):
        self.book.open()
        self.book.choose(self.book.who(self.book.sign_in(FIRST, self.book.first_pin)), MANAGER_PIN)
        for number in (1, 2):
            person = f"bao-ve-{number}"
            token = self.book.sign_in(person, self.book.put(person, StaffRole.GUARD))
            self.book.choose(self.book.who(token), GUARD_PIN)
        self.thread.start()
        assert self.ready.wait(LIMIT_S)
        self.beats()
        self.pulse.start()
        self._serve(0)

    def close(self):
        self.server.close()
        self.stop.set()
        self.pulse.join()
        self.thread.join()
        self.screen.close()

    def restart_pages(self):
        """The same port, with a feed that readers may follow again."""
        port = self.server.port
        self.server.close()
        self.monitor = Feed(6)
        self._serve(port)

    @property
    def url(self):
        return f"https://127.0.0.1:{self.server.port}/"

    def beats(self, camera="ok", waiting=0, oldest_s=0.0, connected=True):
        """What eye and uplink say from now on."""
        self.reports = (
            EyeBeat(camera, False, 30.0, 0.0, 1.0, 2.0, 0),
            UplinkBeat(connected, waiting, 0, oldest_s, 1.0),
        )
        self._tell()

    def _beat(self):
        while not self.stop.wait(0.5):
            self._tell()

    def _tell(self):
        for report in self.reports:
            self.entrance.deliver(report)

    def shows(self, name=None):
        """A citizen card of somebody made up; its number is theirs alone."""
        self.serial += 1
        name = name or NAMES[self.serial % len(NAMES)]
        code = (
            f"0841900000{self.serial:02d}||{name}|05091990|Nữ|Long Hiệp, Trà Cú, Trà Vinh|15042021"
        )
        self.entrance.deliver(ReadingReport("QRCode", code.encode(), time.monotonic_ns(), 1.0))

    def declares(self, name, risk=Risk.NONE):
        identity = classify(
            f"0841900001{self.serial:02d}||{name}|05091990|Nữ|Long Hiệp|15042021".encode()
        )
        self.serial += 1
        return self.entrance.declare(identity, risk, 1)

    def notices(self):
        """What has been written down of acts: (notice, reason, extra)."""
        with Outbox(self.folder / "state.db", "gate-1", owner=False) as outbox:
            stored = [events.decode(row.payload, "gate-1").data for row in outbox.waiting(0, 1_000)]
        return [
            (one.notice, one.reason, dict(one.extra))
            for one in stored
            if getattr(one, "notice", "").startswith("staff_")
        ]

    def _serve(self, port):
        certificate = own_certificate(self.folder / "tls", ["localhost", "127.0.0.1"])
        parts = StaffPages(
            self.book,
            self.desk,
            self.monitor,
            self.entrance.act,
            shipped(),
            lambda: datetime.now(ZONE),
        )
        settings = PageSettings(venue_name="Chợ Mẫu", heartbeat_s=0.5)
        self.server = WebServer(
            "staff",
            create_monitor_app(parts, settings),
            ("127.0.0.1", port),
            certificate,
            threads=12,
            on_close=self.monitor.close,
        )
        self.server.open()

    def _publish(self, state):
        self.monitor.publish(state)

    def _loop(self):
        with ExitStack() as stack:
            keys = AuthorityKeys(ingest=(_sealing_key(),), tracing=(_sealing_key(),))
            lights = Lights(BOARDS["entrance-v1"], mock_pins())
            lights.open()
            stack.callback(lights.close)
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
                    stamp=partial(read_stamp, read_boot_id()),
                    local_time=lambda at: f"{at.astimezone(ZONE):%H:%M}",
                    today=lambda at: at.astimezone(ZONE).date(),
                    boot="b",
                    staff=self.desk,
                )
            )
            self.ready.set()
            self.entrance.run(self.stop)


def _sealing_key():
    return SealingKey(X25519PrivateKey.generate().public_key(), datetime.now(UTC))


class Guard:
    """Somebody with a phone in the hand."""

    def __init__(self, door, page):
        self.door, self.page = door, page

    def signs_in(self, person="bao-ve-1", pin=GUARD_PIN):
        self.page.goto(self.door.url)
        self.page.select_option("select[name=person]", person)
        self.page.fill("input[name=pin]", pin)
        self.page.click("main button.main")
        self.page.wait_for_selector(".state[data-state=ok], .state[data-state=fault]")
        return self

    def sees(self, selector, text):
        self.page.wait_for_function(
            "([selector, text]) => document.querySelector(selector)?.textContent.includes(text)",
            arg=[selector, text],
        )


@pytest.fixture
def door(tmp_path):
    door = WatchedDoor(tmp_path)
    door.open()
    yield door
    door.close()


@pytest.fixture
def guard_on(door, new_page):
    """Each call is another phone."""

    def make(size="phone", **options):
        page = new_page(SIZES[size], ignore_https_errors=True, has_touch=size == "phone", **options)
        return Guard(door, page)

    return make
