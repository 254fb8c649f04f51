"""Five tasks of an officer on a made-up province, each in six clicks at most, in a real browser. A click is a press on
a link, a button, a box, or to open a list; what is typed, and chosen in an open list by its letters, is none."""

import csv
import sqlite3
from collections import defaultdict
from contextlib import closing
from datetime import datetime, time, timedelta

import pytest

from bench.posed_office import ASKING, CASE, PosedOffice
from collector.access.roles import Role
from collector.days import ZONE
from collector.demo.people import card_number
from collector.tracing.stays import Visit, Way, stays
from collector.tracing.venues import RegisteredPlaces

pytestmark = pytest.mark.browser

MOST_CLICKS = 6
VENUES, DAYS = 6, 9
WAYS = {"in": Way.IN, "out": Way.OUT, "unknown": Way.UNKNOWN}
SCANS = """
    SELECT pseudonym, placed_ms, key, kiosk, coalesce(message ->> '$.data.venue', ''), direction, follows IS NOT NULL
    FROM event JOIN person_key ON event.key = person_key.event WHERE verdict IS NOT NULL
"""


class Province(PosedOffice):
    """What its ledger holds, by brute force."""

    def asked(self, sql, *values):
        with closing(sqlite3.connect(self.config.ledger.file)) as connection:
            return connection.execute(sql, values).fetchall()

    def stays(self):
        """Of each pseudonym, by the rules of stays from all its scans."""
        place_of = RegisteredPlaces(self.registry)
        visits = defaultdict(list)
        for who, at_ms, key, kiosk, told, way, follows in self.asked(SCANS):
            place = place_of(kiosk, told)
            visit = Visit(at_ms, key, key, place.name, WAYS[way], place.usual_s, bool(follows))
            visits[who].append(visit)
        return {who: stays(scans) for who, scans in visits.items()}

    def minutes_with(self, case, days):
        """Brute force: each stay of everybody against each of the case, second by second."""
        began = datetime.combine(self.today - timedelta(days=days - 1), time(), ZONE).timestamp()
        found = self.stays()
        own = [stay for stay in found.pop(case) if stay.tin >= began]
        together = defaultdict(set)
        for who, theirs in found.items():
            for mine in own:
                for stay in theirs:
                    if stay.venue == mine.venue:
                        both = range(max(mine.tin, stay.tin), min(mine.tout, stay.tout))
                        together[who].update(both)
        return {who: len(seconds) // 60 for who, seconds in together.items() if seconds}

    @property
    def today(self):
        return datetime.now(ZONE).date()


class Hand:
    """Counts its clicks."""

    def __init__(self, page):
        self.page = page
        self.clicks = 0

    def press(self, role, name, **options):
        self.clicks += 1
        self.page.get_by_role(role, name=name, **options).first.click()

    def type(self, label, text):
        self.page.get_by_label(label).fill(text)

    def choose(self, label, value):
        self.clicks += 1
        self.page.get_by_label(label).select_option(value)

    def take(self, role, name):
        """A click whose answer is a file: what it is called, and its bytes."""
        with self.page.expect_download() as download:
            self.press(role, name)
        return download.value.suggested_filename, download.value.path().read_bytes()


@pytest.fixture(scope="module")
def province(tmp_path_factory):
    with Province(tmp_path_factory.mktemp("tasks") / "province", VENUES, DAYS) as made:
        made.sessions = {role: made.session(role) for role in (Role.OFFICER, Role.REGISTRAR)}
        yield made


@pytest.fixture
def hand_of(province, chromium):
    contexts = []

    def hand_of(role):
        context = chromium.new_context(locale="vi-VN", viewport={"width": 1280, "height": 860})
        contexts.append(context)
        context.add_cookies(
            [{"name": "office", "value": province.sessions[role], "url": province.url}]
        )
        page = context.new_page()
        page.set_default_timeout(30_000)  # paper is drawn when it is asked for
        page.goto(province.url)
        return Hand(page)

    yield hand_of
    for context in contexts:
        context.close()


def test_a_case_is_traced_and_its_contacts_are_those_of_brute_force(province, hand_of) -> None:
    case = province.pseudonym(CASE)
    expected = province.minutes_with(case, 14)
    hand = hand_of(Role.OFFICER)

    hand.press("link", "Truy vết")
    hand.type("Số giấy tờ", card_number(CASE))
    hand.press("button", "Truy vết")
    hand.page.get_by_role("heading", name="Kết quả truy vết").wait_for()
    shown = hand.page.locator("tbody tr", has_text="F1-").count()
    name, content = hand.take("link", "Xuất CSV")

    _, *rows = csv.reader(content.decode("utf-8-sig").splitlines())
    people = dict(province.asked("SELECT person, pseudonym FROM person"))
    assert name == "f1.csv"
    assert {people[int(row[1])]: int(row[2]) for row in rows} == expected
    assert len(expected) > 3
    assert shown == min(len(expected), 50)
    assert hand.clicks <= MOST_CLICKS


def test_it_is_read_why_a_venue_is_silent(province, hand_of) -> None:
    causes = (province.folder / "causes.csv").read_text().splitlines()
    told = [line.split(",") for line in causes]
    of_yesterday = {who: why for day, who, why in told if day == province.yesterday.isoformat()}
    silent = [who for who, why in of_yesterday.items() if why == "never_enrolled"]
    name = province.registry.venue(silent[0]).name
    hand = hand_of(Role.OFFICER)

    hand.press("link", "Báo cáo")

    row = hand.page.locator("#silent").get_by_role("row", name=f"{name} ")
    assert "Chưa lắp máy" in row.inner_text()
    assert f"{province.yesterday:%d/%m/%Y}" in hand.page.locator("h1").inner_text()
    assert hand.clicks <= MOST_CLICKS


def test_the_report_is_printed(province, hand_of) -> None:
    hand = hand_of(Role.OFFICER)

    hand.press("link", "Báo cáo")
    name, content = hand.take("link", "In báo cáo")

    assert name == f"bao-cao-{province.yesterday.isoformat()}.pdf"
    assert content.startswith(b"%PDF-1.7")
    assert hand.clicks <= MOST_CLICKS


def test_a_venue_is_registered_and_its_poster_taken(province, hand_of) -> None:
    hand = hand_of(Role.REGISTRAR)

    hand.press("link", "Cơ sở")
    hand.press("link", "Thêm cơ sở")
    hand.type("Mã", "truong-mau-moi")
    hand.type("Tên cơ sở", "Trường Mẫu mới")
    hand.choose("Loại", "school")
    hand.choose("Cơ quan quản lý", "so-giao-duc")
    hand.type("Xã, phường", "Phường Trà Vinh")
    hand.press("button", "Lưu")
    name, content = hand.take("link", "Áp phích PDF")

    venue = province.registry.venue("truong-mau-moi")
    assert (venue.name, venue.organisation) == ("Trường Mẫu mới", "so-giao-duc")
    assert name == "truong-mau-moi.pdf"
    assert content.startswith(b"%PDF")
    assert hand.clicks <= MOST_CLICKS


def test_somebodys_data_is_found_and_erased(province, hand_of) -> None:
    events = "SELECT count(*) FROM person_key WHERE pseudonym = ?"
    who = province.pseudonym(ASKING)
    ((before,),) = province.asked(events, who)
    hand = hand_of(Role.OFFICER)

    hand.press("link", "Quyền người dân")
    hand.type("Số giấy tờ", card_number(ASKING))
    hand.press("button", "Tiếp")
    hand.page.get_by_role("heading", name="Lượt và khai báo").wait_for()
    found = hand.page.locator("tbody tr").count()
    hand.press("checkbox", "Tôi chắc chắn")
    hand.press("button", "Xóa")
    hand.page.get_by_role("status").wait_for()

    assert before == found > 0
    assert province.asked(events, who) == [(0,)]
    assert hand.page.locator("tbody tr").count() == 0
    assert hand.clicks <= MOST_CLICKS
