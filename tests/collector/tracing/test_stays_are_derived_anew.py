"""Stays of old events, of kiosks that were registered late; and the index that follows them."""

import pytest

from collector.errors import LedgerError
from collector.ledger.sqlite_reader import SqliteReader
from collector.people.sqlite_people import SqlitePeople
from collector.registry.shapes import (
    Organisation,
    OrganisationKind,
    RegisteredKiosk,
    Venue,
    VenueType,
)
from collector.registry.sqlite_registry import SqliteRegistry
from collector.tracing.live import LiveIndex
from collector.tracing.rebuild import rebuild
from collector.tracing.second import Terms, second
from collector.tracing.venues import FRESH_S, Place, RegisteredPlaces

STAYS = "SELECT person, name, tout - tin FROM stay JOIN trace_venue ON venue = number ORDER BY 1"


def test_events_that_were_there_before_get_their_stays_and_twice_is_harmless(province) -> None:
    province.ledger.close()
    bare = province.store.ledger()
    bare.open()
    province.ledger = bare
    province.take(*(province.scan(who, province.clock("8:00")) for who in range(1, 4)))
    assert province.rows(STAYS) == []

    told: list[tuple[int, int]] = []
    for _ in range(2):
        done = rebuild(
            province.store.people,
            province.keeper,
            lambda: province.now,
            lambda *far: told.append(far),
        )
        assert done == 3
        assert province.rows(STAYS) == [(who, "cho-mau", 2700) for who in range(1, 4)]
    assert told == [(3, 3), (3, 3)]
    assert province.rows("SELECT count(*) FROM stay_change") == [(3,)]


def test_a_kiosk_that_is_registered_late_takes_its_visits_along(province) -> None:
    at = province.clock("8:00")
    province.take(province.scan(1, at, kiosk="tram-y-te"), province.scan(2, at))
    assert province.rows(STAYS)[0] == (1, "kiosk:tram-y-te", 3600)

    province.keeper.place_of = lambda kiosk, told: Place("tram", 600)
    rebuild(
        province.store.people, province.keeper, lambda: province.now, lambda *_: None, "tram-y-te"
    )

    assert province.rows(STAYS) == [(1, "tram", 600), (2, "cho-mau", 2700)]


def test_without_a_ledger_there_is_a_plain_word(province, tmp_path) -> None:
    with pytest.raises(LedgerError, match="no ledger"):
        rebuild(
            SqlitePeople(tmp_path / "none.db"),
            province.keeper,
            lambda: province.now,
            lambda *_: None,
        )


def test_the_index_follows_the_ledger(province, wait_until) -> None:
    clock, scan = province.clock, province.scan
    end_s = int(clock("0:00", 30).timestamp())
    province.take(scan(1, clock("8:00")), scan(2, clock("8:10")))
    exposed = {1: int(clock("8:00").timestamp())}

    def f2(live: LiveIndex) -> list[int]:
        assert live.snapshot is not None
        return second(live.snapshot, exposed, frozenset(), Terms(end_s, 60, 0)).people.tolist()

    with LiveIndex(province.reader) as live:
        assert live.wait(10)
        assert f2(live) == [2]
        province.take(scan(3, clock("8:20")))
        wait_until(lambda: f2(live) == [2, 3], "the new stay")
        province.take(scan(1, clock("8:15"), way="out"))
        wait_until(lambda: f2(live) == [2], "the exit that came late")
        assert live.worst_behind_s < 5


def test_the_index_waits_for_a_ledger_that_is_not_there_yet(tmp_path) -> None:
    with LiveIndex(SqliteReader(tmp_path / "none.db")) as live:
        assert not live.wait(0.1)
        assert live.snapshot is None


def test_where_a_scan_was_made_is_asked_of_the_registry_now_and_then(tmp_path) -> None:
    registry = SqliteRegistry(tmp_path / "registry.db")
    now_s = [0.0]
    places = RegisteredPlaces(registry, lambda: now_s[0])
    assert places("cong-1", "") == Place("kiosk:cong-1", 3600)

    registry.put(
        [Organisation("so-y-te", "Sở Y tế", OrganisationKind.DEPARTMENT)],
        [
            Venue("cho", "Chợ", VenueType.MARKET, "so-y-te", "29242", "Trà Vinh"),
            Venue("quan", "Quán", VenueType.EATING, "so-y-te", "29242", "Trà Vinh", stay_min=30),
        ],
        [RegisteredKiosk("cong-1", "cho")],
    )
    assert places("cong-1", "").name == "kiosk:cong-1"
    now_s[0] += FRESH_S + 1
    assert places("cong-1", "") == Place("cho", 45 * 60)
    assert places("portal-1", "quan") == Place("quan", 30 * 60)
    assert places("cong-1", "no-such-venue") == Place("cho", 45 * 60)
