"""A kiosk whose pages are real and whose door is made up: for pictures and figures of the pages."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, sync_playwright

from kiosk.credentials import health_pass
from kiosk.domain.declaration import Consent, Risk
from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme, Sex
from kiosk.errors import KioskError
from kiosk.privacy.parts import Answers
from kiosk.web.bench import create_bench_app
from kiosk.web.feed import Feed
from kiosk.web.form import Drafts, create_form
from kiosk.web.ports import Declared
from kiosk.web.screen import create_screen_app
from kiosk.web.server import PageServer
from kiosk.web.settings import PageSettings

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
# the result behind which MADE_UP stands; the form takes it up
CARD_SEQ = 1_000_000
MADE_UP = Identity(
    kind=CodeKind.CCCD,
    identifiers=(Identifier(Scheme.CCCD, "084190000000"),),
    name="Thạch Thị Mẫu",
    birth="1990-09-05",
    sex=Sex.FEMALE,
    address="Khóm 3, Phường 7, Thành phố Trà Vinh, Trà Vinh",
)


class Posed:
    """A door and a desk that stand still for the picture. Counts what was declared."""

    def __init__(self) -> None:
        self.declared = 0

    def pending(self, seq: int) -> Identity | None:
        return MADE_UP if seq == CARD_SEQ else None

    def declare(
        self,
        identity: Identity | None,
        risk: Risk,
        questions_version: int,
        consent: Consent | None = None,
        answers: Answers | None = None,
    ) -> Declared:
        self.declared += 1
        return Declared("accepted", stored=True)

    def call_staff(self) -> None:
        pass

    def dismiss(self) -> None:
        pass

    def status(self) -> dict[str, object]:
        return {
            "screen": "idle", "faults": [], "notes": [], "camera": "ok", "fps": 30.0,
            "eye_age_s": 0.2, "read_ms_p95": 6.1, "uplink": "connected", "waiting": 0, "parked": 0,
            "oldest_s": 0, "receipt_age_s": 4, "scan_to_light_ms_p50": 11.0,
            "scan_to_light_ms_p95": 24.0, "staff_called": 1,
            "outcomes": {"accepted": 31, "missing": 9, "not_personal": 3},
        }  # fmt: skip

    def visitors(self) -> list[tuple[str, str]]:
        return [
            ("card", "Thạch Thị Mẫu, citizen card"),
            ("national", "Thạch Văn Mẫu, national QR on a phone"),
            ("bank", "shows a payment code by mistake"),
            ("place", "shows the market's own code"),
        ]

    def show(self, visitor_id: str) -> None:
        pass

    def show_image(self, picture: bytes) -> None:
        pass

    def clear(self) -> None:
        pass

    def pins(self) -> dict[str, bool]:
        return {"green": True, "amber": False, "red": False, "buzzer": True}

    def links(self) -> dict[str, str]:
        return {"Visitor's screen": "/", "Staff page": "/", "Collector": "/"}


@dataclass(frozen=True)
class PosedSlip:
    state: str


class PosedPrinter:
    """A printer that is there. What becomes of a slip is posed on the draft."""

    automatic = False
    is_offered = True

    def print_pass(self, code: str, until: datetime) -> PosedSlip:
        return PosedSlip("printing")


class PosedKiosk:
    """Both page servers, and the loop's side of them. A context: opened on entry, closed on exit."""

    def __init__(self, settings: PageSettings) -> None:
        self.feed = Feed()
        self.door = Posed()
        self._drafts = Drafts(time.monotonic, idle_s=settings.idle_s, warning_s=settings.warning_s)
        form = create_form(
            self.door,
            self._drafts,
            settings,
            shown_now=self.feed.shown_now,
            slips=PosedPrinter(),
        )
        self._screen = PageServer(
            create_screen_app(self.feed, self.door, settings, form),
            0,
            every_turn=self.feed.turned,
            on_close=self.feed.close,
            name="screen",
        )
        self._bench = PageServer(create_bench_app(self.feed, self.door, settings), 0, name="bench")
        self._seq = 0

    def __enter__(self) -> "PosedKiosk":
        self._screen.open()
        self._bench.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._bench.close()
        self._screen.close()

    @property
    def home(self) -> str:
        return f"http://127.0.0.1:{self._screen.port}"

    @property
    def desk(self) -> str:
        return f"http://127.0.0.1:{self._bench.port}"

    def pass_page(self, language: str, slip: str = "") -> str:
        """The address of the page at the end of a form; `slip` is what has become of the paper, empty for none."""
        draft = self._drafts.start(None)
        draft.language = language
        until = datetime(2026, 11, 25, 1, 15, tzinfo=UTC)
        left = self._drafts.finish(draft, _made_up_pass(until), until)
        left.slip = PosedSlip(slip) if slip else None
        return f"{self.home}/form/{left.token}/pass"

    def publish(self, screen: str, reason: str = "", seq: int | None = None) -> None:
        self._seq = self._seq + 1 if seq is None else seq
        self.feed.publish(
            {
                "seq": self._seq,
                "screen": screen,
                "reason": reason,
                "direction": "",
                "at": "08:15",
                "boot": "posed",
                "scan_to_light_ms": 11.2,
            }
        )


def _made_up_pass(until: datetime) -> str:
    return health_pass.issue(
        Ed25519PrivateKey.from_private_bytes(bytes(32)),  # the same picture each time
        pass_id=bytes(health_pass.PASS_ID_BYTES),
        name=MADE_UP.name,
        not_before=until - timedelta(hours=24),
        not_after=until,
        policy_version=1,
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless. Raise KioskError when there is none."""
    path = shutil.which("chromium")
    if path is None:
        raise KioskError("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        started: Any = playwright
        browser = started.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
