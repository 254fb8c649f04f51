"""The office of a made-up province, with somebody of each role signed in: for pictures of its pages, and tests."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import argon2
import pyotp
from playwright.sync_api import Browser, Page

from collector import config, keys
from collector.access import hand_out
from collector.access.door import Door
from collector.access.roles import Role
from collector.access.shapes import SignedIn
from collector.access.sqlite_access import SqliteAccess
from collector.days import ZONE
from collector.demo import make
from collector.demo.people import Pseudonyms, card_number
from collector.inbox.people_socket import PeopleSocket
from collector.office.process import OfficeProcess
from collector.registry.sqlite_registry import SqliteRegistry

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OWN = "bốn mùa ở chợ mẫu"
CASE, ASKING = 3, 4  # people of the province, by number
_DESK = (1280, 860)


class PosedOffice:
    """As `collector demo` leaves it; between `with` and its end served at `url`, as by `collector demo --serve`."""

    def __init__(self, folder: Path, venues: int, days: int) -> None:
        self.folder = folder
        now = datetime.now(UTC)
        make.make(folder, venues, days, lambda *_: None, now)
        settings = folder / "collector.toml"
        settings.write_text(settings.read_text() + "\n[office]\nport = 0\n")
        self.config = config.load(settings)
        self.yesterday = now.astimezone(ZONE).date() - timedelta(days=1)
        self.key = keys.pseudonym_key(folder / "keys") or bytes(32)
        self.pseudonym = Pseudonyms(self.key)
        self.registry = SqliteRegistry(self.config.registry.file)
        self.url = ""
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(PeopleSocket(self.config.inbox.people_socket, lambda: self.key))
            self.url = stack.enter_context(OfficeProcess(self.config)).url.rstrip("/")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def session(self, role: Role, name: str = "thu") -> str:
        """The token of somebody of this role who has done all that was due."""
        access, now = SqliteAccess(self.config.access.file), datetime.now(UTC)
        door = Door(access, hasher=QUICK, of_nobody=QUICK.hash("nobody"))
        password = hand_out.add(access, f"{name}.{role}", role, now, QUICK)
        who = door.sign_in(f"{name}.{role}", password, "", "127.0.0.1", now)
        mine = door.set_password(who, password, OWN, now)
        assert isinstance(mine, SignedIn), mine
        if mine.due != "second_factor":
            return mine.token
        secret = pyotp.random_base32()
        whole = door.set_second_factor(mine, secret, pyotp.TOTP(secret).now(), now)
        assert whole is not None
        return whole.token


def take(office: PosedOffice, browser: Browser, out: Path) -> None:
    """The pages of the officer's guide, as somebody at a desk sees them."""
    officer, other = (_signed_in(office, browser, name) for name in ("an", "binh"))

    def shot(page: Page, name: str) -> None:
        page.screenshot(path=out / f"office-{name}.png")
        print(f"office-{name}")

    _traces(office, officer, shot)
    _releases(office, officer, other, shot)
    officer.goto(f"{office.url}/report")
    shot(officer, "report")
    officer.locator("#silent").scroll_into_view_if_needed()
    shot(officer, "silent")
    officer.goto(f"{office.url}/people")
    officer.get_by_label("Số giấy tờ").fill(card_number(ASKING))
    officer.get_by_role("button", name="Tiếp").first.click()
    officer.get_by_role("heading", name="Lượt và khai báo").wait_for()
    shot(officer, "person")
    for page in (officer, other):
        page.context.close()


def _signed_in(office: PosedOffice, browser: Browser, name: str) -> Page:
    context = browser.new_context(
        locale="vi-VN",
        viewport={"width": _DESK[0], "height": _DESK[1]},
        device_scale_factor=0.6,
    )
    token = office.session(Role.OFFICER, name)
    context.add_cookies([{"name": "office", "value": token, "url": office.url}])
    page = context.new_page()
    page.goto(office.url)
    return page


def _traces(office: PosedOffice, page: Page, shot: Callable[[Page, str], None]) -> None:
    page.get_by_role("link", name="Truy vết").first.click()
    page.get_by_label("Số giấy tờ").fill(card_number(CASE))
    shot(page, "trace-ask")
    page.get_by_role("button", name="Truy vết").first.click()
    page.get_by_role("heading", name="Kết quả truy vết").wait_for()
    shot(page, "trace")


def _releases(
    office: PosedOffice, one: Page, other: Page, shot: Callable[[Page, str], None]
) -> None:
    """`one` asks for two contacts of a case, and sees what `other` may approve."""
    until = f"{office.yesterday:%d/%m/%Y}"
    one.goto(f"{office.url}/cases")
    for field, text in (
        ("title", "Ca ở chợ Mẫu"),
        ("reason", "tìm người ở chợ hôm qua"),
        ("first", until),
        ("last", until),
    ):
        one.locator(f"[name={field}]").fill(text)
    one.get_by_role("button", name="Mở ca").click()
    one.get_by_role("heading", name="Xin liên hệ").wait_for()
    one.locator("[name=people]").fill("7\n8")
    one.locator("[name=reason]").fill("gọi người cùng chuyến chợ")
    one.get_by_role("button", name="Xin Ask").click()
    one.get_by_text("Chờ duyệt").first.wait_for()
    other.goto(one.url)
    other.get_by_role("button", name="Duyệt").wait_for()
    shot(other, "release")
