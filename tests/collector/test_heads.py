"""What a kiosk has sworn to be the end of its stream, and what the collector makes of it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector import authority, cli
from collector.errors import CollectorError
from collector.inbox.heads import HeadVerifier
from collector.inbox.sorting import sort
from collector.ledger.port import ChainBreak, SwornHead
from kiosk.store.outbox import Head
from kiosk.uplink.head import sworn
from kiosk.uplink.settings import UplinkSettings
from kiosk.wire import health
from kiosk.wire.events import chain_hash, first_hash
from kiosk.wire.health import Health

STREAM = "00112233445566778899aabbccddeeff"
OTHER_HASH = "ab" * 32


class Station:
    """What the inbox does with a batch, from its bytes to the ledger, at a time of the test's choice."""

    def __init__(self, store, tls: Path) -> None:
        self.store = store
        self.tls = tls
        self.now = datetime.now(UTC)
        self.verifier = HeadVerifier(tls / "ca.pem")
        self.verifier.open()
        self.ledger = store.ledger()
        self.answers = store.answers

    def take(self, *payloads: bytes, channel: str = "event", kiosk: str = "cho-1") -> list[Any]:
        batch = sort((f"entrance/v1/{kiosk}/{channel}", payload) for payload in payloads)
        batch = self.verifier.verified(batch, self.now)
        self.ledger.commit(batch, self.now)
        return list(batch.heads)

    def health(
        self, seq: int, head_hash: str, *, signed_by: str = "cho-1", kiosk: str = "cho-1"
    ) -> bytes:
        """The health of `kiosk` with that end, by the certificate and key of `signed_by`."""
        names = (self.tls / f"{signed_by}.pem", self.tls / f"{signed_by}.key")
        settings = UplinkSettings(
            host="127.0.0.1", port=0, kiosk=kiosk, certificate_file=names[0], key_file=names[1]
        )
        head = sworn(settings, Head(STREAM, seq, head_hash), self.now)
        return health.encode(
            Health(
                **{"stream": STREAM, "boot": 1, "birth": 1, "at": self.now, "uptime_s": 1.0},
                **{"waiting": 0, "sent": 0, "parked": 0, "oldest_s": -1.0, "receipt_age_s": -1.0},
                **{"refused": 0, "reconnects": 0, "free_mib": 900, "storage": "ok"},
                **{"load_1m": 0.1, "head": head},
            )
        )

    def swear(self, seq: int, head_hash: str, **how: str) -> list[Any]:
        return self.take(self.health(seq, head_hash, **how), channel="health")

    @property
    def checked(self) -> Any:
        (kiosk,) = self.answers.check().kiosks
        return kiosk


@pytest.fixture
def station(store, tls: Path) -> Iterator[Station]:
    station = Station(store, tls)
    station.ledger.open()
    yield station
    station.ledger.close()


@pytest.fixture
def chained(make_event: Callable[..., bytes]) -> list[bytes]:
    events: list[bytes] = []
    prev = first_hash(STREAM)
    for seq in range(1, 6):
        events.append(make_event(seq, prevhash=prev))
        prev = chain_hash(events[-1])
    return events


# ---- who has sworn


def test_an_end_that_the_kiosk_has_signed_is_believed_and_looked_at_once(station, chained) -> None:
    first = station.swear(5, chain_hash(chained[4]))
    again = station.swear(5, chain_hash(chained[4]))

    digest = bytes.fromhex(chain_hash(chained[4]))
    assert (first, again) == ([SwornHead("cho-1", STREAM, 5, digest)], [])


def test_the_end_of_another_kiosk_or_of_another_authority_is_only_counted(
    station, tmp_path: Path
) -> None:
    stolen = station.swear(5, OTHER_HASH, signed_by="cho-2")
    authority.create(tmp_path / "false")
    authority.issue(tmp_path / "false", "cho-1", tmp_path / "false-tls")
    station.tls = tmp_path / "false-tls"
    false = station.swear(5, OTHER_HASH)

    assert [head.is_sworn for head in (*stolen, *false)] == [False, False]
    assert (station.checked.refused_heads, station.checked.to_come) == (2, 0)


def test_a_certificate_counts_in_its_time_only(station, chained) -> None:
    station.now += timedelta(days=400)

    (late,) = station.swear(5, chain_hash(chained[4]))

    assert not late.is_sworn


@pytest.mark.parametrize("what", ["hash", "seq", "signature", "certificate"])
def test_an_end_that_was_altered_on_its_way_is_refused(station, chained, what: str) -> None:
    message = json.loads(station.health(5, chain_hash(chained[4])))
    altered = {"hash": OTHER_HASH, "seq": 6, "signature": "AAAA", "certificate": "AAAA"}
    message["head"][what] = altered[what]

    (head,) = station.take(json.dumps(message).encode(), channel="health")

    assert not head.is_sworn


def test_of_a_flood_in_one_batch_only_the_last_is_verified(station, chained) -> None:
    flood = [station.health(seq, OTHER_HASH) for seq in range(1, 20)]

    heads = station.take(*flood, channel="health")

    assert [head.seq for head in heads] == [19]


def test_without_the_certificate_of_the_authority_the_remedy_is_told(tmp_path: Path) -> None:
    with pytest.raises(CollectorError, match="collector authority issue"):
        HeadVerifier(tmp_path / "ca.pem").open()


# ---- what it is held against


@pytest.mark.parametrize("order", ["events first", "end first", "at once"])
def test_an_end_that_is_that_of_the_events_breaks_nothing(station, chained, order: str) -> None:
    if order == "end first":
        station.swear(5, chain_hash(chained[4]))
    station.take(*chained)
    if order == "events first":
        station.swear(5, chain_hash(chained[4]))

    assert station.answers.check().is_whole
    assert station.checked.to_come == 0


@pytest.mark.parametrize("order", ["events first", "end first"])
def test_another_event_than_the_one_sworn_to_is_a_break(station, chained, order: str) -> None:
    if order == "end first":
        station.swear(4, OTHER_HASH)
    station.take(*chained)
    if order == "events first":
        station.swear(4, OTHER_HASH)

    assert station.checked.breaks == [ChainBreak(STREAM, 4, sworn=True)]
    assert [kiosk.breaks for kiosk in station.answers.kiosks(0)] == [1]
    assert station.answers.check().faults == []


def test_what_was_sworn_first_stands_although_something_else_is_sworn_later(
    station, chained
) -> None:
    station.swear(4, OTHER_HASH)
    station.swear(4, chain_hash(chained[3]))
    station.swear(5, chain_hash(chained[4]))

    station.take(*chained)

    assert station.checked.breaks == [ChainBreak(STREAM, 4, sworn=True)]
    assert station.answers.check().faults == []


def test_an_end_beyond_what_has_come_says_how_many_are_still_to_come(
    station, chained, tmp_path: Path, capsys
) -> None:
    station.take(*chained[:2])
    station.swear(5, chain_hash(chained[4]))
    (tmp_path / "collector.toml").write_text(station.store.settings)

    status = cli.main(["ledger", "check", "--config", str(tmp_path / "collector.toml")])

    assert (status, station.checked.to_come) == (0, 3)
    assert "cho-1: 3 events still to come" in capsys.readouterr().out


def test_a_break_of_an_oath_is_told_by_the_command(
    station, chained, tmp_path: Path, capsys
) -> None:
    station.take(*chained)
    station.swear(5, OTHER_HASH)
    station.swear(5, OTHER_HASH, signed_by="cho-2")
    (tmp_path / "collector.toml").write_text(station.store.settings)

    status = cli.main(["ledger", "check", "--config", str(tmp_path / "collector.toml")])

    said = capsys.readouterr().out
    assert status == 1
    assert f"5 of stream {STREAM} is not what was sworn to" in said


def test_what_lies_in_quarantine_is_known_when_it_is_what_was_sworn_to(station, make_event) -> None:
    poison = make_event(1, timequality=7)
    station.take(poison)

    station.swear(1, chain_hash(poison))

    assert station.answers.check().is_whole


def test_a_stream_keeps_a_bounded_number_of_ends_whose_events_do_not_come(station) -> None:
    heads = [SwornHead("cho-1", STREAM, seq, bytes(32)) for seq in range(1, 402)]

    station.ledger.commit(replace(sort([]), heads=heads), station.now)

    assert station.checked.to_come == 401
    assert station.store.sql("SELECT count(*) FROM sworn_head") == [(200,)]
