"""The staff pages of a made-up market morning: for pictures and figures of them."""

import tempfile
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.posed import Posed
from kiosk.domain.staff_act import Act, ActKind, Done
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import Direction, Visit
from kiosk.questions import shipped
from kiosk.staff.desk import StaffDesk
from kiosk.staff.tally import Begun, Tally
from kiosk.web.feed import Feed
from kiosk.web.monitor import create_monitor_app
from kiosk.web.monitor.ports import StaffPages
from kiosk.web.ports import Declared
from kiosk.web.safety.own_certificate import fingerprint, own_certificate
from kiosk.web.safety.staff_book import FIRST, Person, StaffBook, StaffRole
from kiosk.web.safety.web_server import WebServer
from kiosk.web.screen import create_screen_app
from kiosk.web.screen.menu import MenuParts
from kiosk.web.server import PageServer
from kiosk.web.settings import PageSettings

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = datetime(2026, 11, 28, 8, 15, tzinfo=ZONE)
PIN = "482915"
_HOURS = (0, 0, 0, 0, 6, 41, 88, 64, 19)
_BEGUN = Begun({"accepted": 203, "missing": 14, "refer": 1}, 218, 71, 132, _HOURS)
_VISITORS = (
    ("Thạch Thị Mẫu", Outcome.ACCEPTED),
    ("Trần Văn Thử", Outcome.ACCEPTED),
    ("Kim Sa Rây Mẫu", Outcome.MISSING),
    ("Lê Thị Thử", Outcome.ACCEPTED),
    ("Sơn Văn Mẫu", Outcome.REFER),
)
_STATUS = {
    "screen": "idle", "faults": [], "notes": [], "door": "both", "uplink": "offline", "waiting": 128, "parked": 0,
    "oldest_s": 10_900, "receipt_age_s": 10_900, "camera": "ok", "read_ms_p50": 3.1, "read_ms_p95": 11.8,
    "guidance_shares": {"too_far": 0.6, "too_dark": 0.4}, "documents": {"policy": {"version": 4, "age_h": 30}},
    "sealing": "on", "printer": "out_of_paper",
}  # fmt: skip


class PosedStaff:
    """The monitor by TLS, and a screen with the staff menu. A context: opened on entry, closed on exit."""

    def __init__(self, *, is_new: bool = False) -> None:
        """`is_new`: nobody has chosen a PIN yet."""
        self._stack = ExitStack()
        self.feed = Feed(6)
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="posed-")))
        tally = Tally(folder / "tally.json", MORNING.date(), _BEGUN)
        self.desk = StaffDesk(
            tally, lambda: MORNING, limit=150, boot="posed", publish=self.feed.publish
        )
        self.book = StaffBook(folder / "staff.json", time.time)
        self.book.open()
        if not is_new:
            self.book.choose(self._manager(), PIN)
            self.book.put("bao-ve-1", StaffRole.GUARD)
        settings = PageSettings(venue_name="Chợ Mẫu")
        certificate = own_certificate(folder, ["kiosk-mau.local", "127.0.0.1"])
        pages = StaffPages(
            self.book,
            self.desk,
            self.feed,
            lambda act: Done.SAVED,
            shipped(),
            lambda: MORNING,
            lambda paper: Declared("accepted", stored=True),
            lambda: timedelta(days=7),
        )
        self.monitor = WebServer(
            "staff", create_monitor_app(pages, settings), ("127.0.0.1", 0), certificate,
            threads=12, on_close=self.feed.close,
        )  # fmt: skip
        menu = MenuParts(
            self.book, lambda act: Done.SAVED, lambda: _STATUS,
            ("https://kiosk-mau.local:8443/", "https://192.0.2.17:8443/"), fingerprint(certificate),
        )  # fmt: skip
        self._screen_feed = Feed()
        self.screen = PageServer(
            create_screen_app(self._screen_feed, Posed(), settings, menu=menu),
            0,
            on_close=self._screen_feed.close,
        )

    def __enter__(self) -> "PosedStaff":
        self.monitor.open()
        self.screen.open()
        self._morning()
        return self

    def __exit__(self, *_: object) -> None:
        self.screen.close()
        self.monitor.close()
        self._stack.close()

    @property
    def menu(self) -> str:
        return f"http://127.0.0.1:{self.screen.port}/menu"

    def turn(self) -> None:
        """The loop has gone round once more."""
        self.feed.publish(self.desk.state())

    def _manager(self) -> Person:
        found = self.book.who(self.book.sign_in(FIRST, self.book.first_pin))
        assert found is not None
        return found

    def _morning(self) -> None:
        for number, (name, outcome) in enumerate(_VISITORS):
            visit = Visit(
                str(number), MORNING, Direction.IN, Verdict(outcome, "kiosk_form"), "cccd"
            )
            self.desk.visited(visit, name)
        self.desk.acted(Act(ActKind.PAPER, "bao-ve-1", "no_phone", 3))
        self.desk.called()
        self.desk.turned(_STATUS)
