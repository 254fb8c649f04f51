"""How devices stand, beside what the registry expects."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from collector import csv_text
from collector.access.roles import Role
from collector.fleet import Standing, Wanted, chosen, devices
from collector.ledger.port import Batch, KioskState, Taken
from collector.ledger.sqlite_ledger import SqliteLedger
from collector.registry.shapes import RegisteredKiosk, Venue, VenueState, VenueType
from collector.statistics.day_counts import DayCounts
from kiosk.wire import events, health

NOW = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
STREAM = "00112233445566778899aabbccddeeff"
VENUES = {
    "cho-mau": Venue("cho-mau", "Chợ Mẫu", VenueType.MARKET, "so-y-te", "29242", "Trà Vinh"),
    "truong-mau": Venue(
        "truong-mau", "Trường Mẫu", VenueType.SCHOOL, "so-y-te", "29242", "Càng Long"
    ),
    "dong-cua": Venue(
        *("dong-cua", "Quán cũ", VenueType.SHOP, "so-y-te", "29242", "Trà Vinh"),
        state=VenueState.CLOSED,
    ),
}
KIOSKS = [
    RegisteredKiosk("cho-1", "cho-mau", "Cổng 1"),
    RegisteredKiosk("cho-2", "cho-mau"),
    RegisteredKiosk("truong-1", "truong-mau"),
    RegisteredKiosk("quan-1", "dong-cua"),
]


def heard(kiosk, online=True, ago_min=1.0, waiting=0, today=None):
    at = NOW - timedelta(minutes=ago_min)
    return KioskState(
        kiosk, online, at, waiting, "ok", last_event_at=at, today=today or {"accepted": 3}
    )


def standing(found):
    return {one.kiosk: one.standing for one in found}


def test_each_device_stands_as_it_was_last_heard():
    found = devices(
        [heard("cho-1"), heard("cho-2", online=False, waiting=40), heard("stranger")],
        KIOSKS,
        VENUES,
        NOW,
    )

    assert standing(found) == {
        "cho-2": Standing.OFFLINE,
        "truong-1": Standing.NEVER,
        "stranger": Standing.UNKNOWN,
        "cho-1": Standing.ONLINE,
    }
    # what needs a look comes first, and a venue that has closed for good is nobody's trouble
    assert [one.kiosk for one in found] == ["cho-2", "truong-1", "stranger", "cho-1"]


def test_without_a_word_of_the_broker_silence_decides():
    states = [heard("cho-1", online=None), heard("cho-2", online=None, ago_min=6)]

    found = devices(states, KIOSKS[:2], VENUES, NOW)

    assert standing(found) == {"cho-1": Standing.ONLINE, "cho-2": Standing.OFFLINE}


@pytest.mark.parametrize(
    ("wanted", "kiosks"),
    [
        (Wanted(), {"cho-1", "cho-2", "truong-1"}),
        (Wanted(text="truong"), {"truong-1"}),
        (Wanted(text="CHO MAU"), {"cho-1", "cho-2"}),
        (Wanted(district="Càng Long"), {"truong-1"}),
        (Wanted(standing=Standing.OFFLINE), {"cho-2"}),
        (Wanted(silent=True), {"truong-1"}),
        (Wanted(behind=True), {"cho-2"}),
        (Wanted(text="cho", behind=True, district="Càng Long"), set()),
    ],
)
def test_a_filter_leaves_what_holds_all_of_it(wanted, kiosks):
    states = [heard("cho-1"), heard("cho-2", online=False, waiting=40)]

    found = chosen(devices(states, KIOSKS, VENUES, NOW), wanted)

    assert {one.kiosk for one in found} == kiosks


def test_ten_thousand_devices_are_listed_in_a_blink():
    kiosks = [RegisteredKiosk(f"k-{n}", "cho-mau") for n in range(10_000)]
    states = [heard(f"k-{n}", online=n % 3 > 0) for n in range(10_000)]

    took_s = []
    for _ in range(5):
        began_s = time.perf_counter()
        found = chosen(devices(states, kiosks, VENUES, NOW), Wanted(text="k-99"))
        took_s.append(time.perf_counter() - began_s)

    assert len(found) == 111
    assert min(took_s) < 1.0


# ---- the pages


def test_the_page_lists_devices_and_one_by_one(office):
    client = office.client(office.session(Role.VIEWER))

    assert "cho-mau-1" in client.get("/fleet").text
    assert "Chưa từng chạy" in client.get("/fleet/cho-mau-1").text
    assert client.get("/fleet/nobody").status_code == 404
    assert "Không có thiết bị nào như vậy" in client.get("/fleet?standing=online").text


def test_the_first_page_of_ten_thousand_devices_comes_in_a_blink(office):
    office.registry.put([], [], [RegisteredKiosk(f"k-{n}", "cho-mau") for n in range(10_000)])
    client = office.client(office.session(Role.VIEWER))

    took_s = []
    for _ in range(5):
        began_s = time.perf_counter()
        page = client.get("/fleet").text
        took_s.append(time.perf_counter() - began_s)

    assert "k-0" in page
    assert min(took_s) < 1.0, took_s  # 0.19 was seen; the goal is 0.2


def test_a_kiosk_tells_its_release_and_who_turned_back(office, make_event):
    office.now = datetime.now(UTC)
    at = office.now.isoformat().replace("+00:00", "Z")
    told = [
        make_event(
            seq,
            kiosk="cho-mau-1",
            kind="notice",
            at=at,
            data={"notice": "passed", "reason": how, "count": 1},
        )
        for seq, how in enumerate(("yes", "yes", "no"), 1)
    ]
    figures = (9.0, 0, 0, 0, 0.0, 1.0, 0, 0, 900, "ok", 0.1)
    well = health.Health(STREAM, 1, 1, office.now, *figures, release="0.1.0-2ae3e8c0ffee")
    ledger = SqliteLedger(office.folder / "ledger.db", (DayCounts(),))
    ledger.open()
    taken = [Taken(events.decode(each, "cho-mau-1"), each) for each in told]
    ledger.commit(Batch(taken, health=[("cho-mau-1", well)]), office.now)
    ledger.close()
    client = office.client(office.session(Role.VIEWER))

    page = client.get("/fleet/cho-mau-1").text

    assert "0.1.0-2ae3e8c0ffee" in page
    assert "1 / 3" in page
    assert "0.1.0-2ae3e8c0ffee" in client.get("/fleet.csv").text


@pytest.mark.parametrize(
    "query", ["page=x", "page=-1", "standing=dance", "only=all", "q=" + "x" * 9_000]
)
def test_a_strange_question_is_answered_like_none(office, query):
    client = office.client(office.session(Role.VIEWER))

    assert client.get(f"/fleet?{query}").status_code == 200


def test_the_list_can_be_taken_away(office):
    client = office.client(office.session(Role.VIEWER))

    text = client.get("/fleet.csv?standing=never").get_data(as_text=True)

    assert text.startswith("\ufeffMã thiết bị / kiosk,")
    assert "cho-mau-1,cho-mau,Chợ Mẫu,Trà Vinh,,Chưa từng chạy / never heard,,0,0,,0" in text


# ---- CSV


@pytest.mark.parametrize("cell", ["=1+1", "+1", "@x", "\tx", "-x"])
def test_no_cell_is_run_as_a_formula(cell):
    assert csv_text.line([cell]).strip('"\r\n').startswith("'")


def test_a_negative_number_stays_a_number():
    assert csv_text.line([-5]) == "-5\r\n"
