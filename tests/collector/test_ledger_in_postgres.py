"""What only the ledger in PostgreSQL has to do with: its server, its partitions, its dumps."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from collector import cli
from collector.days import day_of, ms_of
from collector.errors import LedgerError
from collector.inbox.sorting import sort
from collector.ledger.port import Due
from collector.ledger.postgres_backup import backup, restore
from collector.ledger.postgres_ledger import PostgresLedger
from collector.people.postgres_people import PostgresPeople

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
def ledger(postgres_store) -> Iterator[PostgresLedger]:
    ledger = PostgresLedger(postgres_store.where)
    ledger.open()
    yield ledger
    ledger.close()


def take(ledger: PostgresLedger, *payloads: bytes, now: datetime = NOW) -> list[Due]:
    return list(ledger.commit(sort(("entrance/v1/cho-1/event", p) for p in payloads), now))


def test_events_lie_in_the_partition_of_the_day_on_which_they_arrived(
    ledger, postgres_store, make_event
) -> None:
    midnight = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # in Viet Nam

    take(ledger, make_event(1), now=midnight - timedelta(seconds=1))
    take(ledger, make_event(2), now=midnight)

    day = day_of(ms_of(NOW))
    found = postgres_store.sql("SELECT tableoid::regclass::text, seq FROM event ORDER BY key")
    assert found == [(f"event_{day}", 1), (f"event_{day + 1}", 2)]


def test_one_event_is_looked_up_in_one_partition(ledger, postgres_store, make_event) -> None:
    take(ledger, make_event(1))
    ((key,),) = postgres_store.sql("SELECT key FROM event")

    plan = postgres_store.sql(f"EXPLAIN UPDATE event SET placed_ms = 0 WHERE key = {key}")  # noqa: S608 - a number

    assert sum("Index Scan" in line or "Seq Scan" in line for (line,) in plan) == 1


def test_a_password_in_the_settings_is_refused_and_not_repeated(postgres_store) -> None:
    with pytest.raises(LedgerError, match="PGPASSFILE") as told:
        PostgresLedger(f"{postgres_store.where} password=hoa-sen").open()

    assert "hoa-sen" not in str(told.value)


@pytest.mark.parametrize("where", ["host=/nowhere dbname=x", "no connection string"])
def test_a_server_that_is_not_there_is_said(where: str) -> None:
    with pytest.raises(LedgerError, match="cannot be reached"):
        PostgresLedger(where).open()


def test_a_server_that_would_lose_visits_at_a_power_cut_is_refused(
    postgres_store, postgres, wait_until: Callable[..., None]
) -> None:
    def with_fsync(state: str) -> None:
        with psycopg.connect(postgres.where, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET fsync = {state}")
            connection.execute("SELECT pg_reload_conf()")
        wait_until(lambda: postgres_store.sql("SHOW fsync") == [(state,)], "its settings")

    postgres_store.clear()
    with_fsync("off")
    try:
        with pytest.raises(LedgerError, match="a power cut would lose visits"):
            PostgresLedger(postgres_store.where).open()
    finally:
        with_fsync("on")


# ---- a second place


def test_what_a_dump_holds_is_archived_and_comes_back_under_another_id(
    ledger, postgres_store, tmp_path: Path, make_event
) -> None:
    (before,) = take(ledger, make_event(1), make_event(2), make_event(4))

    assert backup(postgres_store.where, tmp_path / "copy") == 3

    (due,) = take(ledger, make_event(3))
    assert (due.receipt.upto, due.receipt.archived_upto) == (4, 2)
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
    with pytest.raises(LedgerError, match="is in use"):
        restore(postgres_store.where, tmp_path / "copy")
    ledger.close()

    aside = restore(postgres_store.where, tmp_path / "copy")

    try:
        assert postgres_store.sql(f"TABLE {aside}.event")[3][3] == 3
        ledger.open()
        (after,) = take(ledger, make_event(1))
        assert (after.receipt.upto, after.receipt.also) == (2, (4,))
        assert after.receipt.ledger != before.receipt.ledger
        assert postgres_store.answers.check().faults == []
    finally:
        postgres_store.sql(f"DROP SCHEMA {aside} CASCADE")


def test_what_is_no_dump_is_not_put_in_its_place(
    ledger, postgres_store, tmp_path: Path, make_event
) -> None:
    take(ledger, make_event(1))
    ledger.close()
    (tmp_path / "copy").write_bytes(b"no dump at all" * 40)

    with pytest.raises(LedgerError, match="pg_restore has failed"):
        restore(postgres_store.where, tmp_path / "copy")

    assert [event["seq"] for event in postgres_store.answers.events("cho-1")] == [1]


def test_the_commands_speak_of_the_ledger_that_the_settings_name(
    ledger, postgres_store, tmp_path: Path, make_event, capsys
) -> None:
    take(ledger, make_event(1), make_event(3))
    settings = tmp_path / "collector.toml"
    settings.write_text(postgres_store.settings)

    check = cli.main(["ledger", "check", "--config", str(settings)])
    saved = cli.main(["backup", "--to", str(tmp_path / "copy"), "--config", str(settings)])

    assert (check, saved) == (1, 0)
    said = capsys.readouterr().out
    assert "cho-1: missing 2 to 2 of stream" in said
    assert f"2 events in {tmp_path / 'copy'}" in said


# ---- days that are over


def vanish(postgres_store, day: int) -> int:
    people = PostgresPeople(postgres_store.where, drop_wait_s=0.3)
    return people.vanish(day, [], lambda: NOW, lambda _: None)


def partitions(postgres_store) -> list[str]:
    return [
        name
        for (name,) in postgres_store.sql(
            "SELECT relid::regclass::text FROM pg_partition_tree('event') WHERE isleaf"
            " UNION SELECT relid::regclass::text FROM pg_partition_tree('person_key') WHERE isleaf"
        )
    ]


def test_a_day_that_is_over_is_dropped_whole(ledger, postgres_store, make_event) -> None:
    day = day_of(ms_of(NOW))
    take(ledger, make_event(1), make_event(2), now=NOW - timedelta(days=3))
    take(ledger, make_event(3))

    assert vanish(postgres_store, day) == 2

    assert f"event_{day - 3}" not in partitions(postgres_store)
    assert f"person_key_{day - 3}" not in partitions(postgres_store)
    assert f"event_{day}" in partitions(postgres_store)
    assert postgres_store.answers.check().is_whole
    assert vanish(postgres_store, day) == 0


def test_a_day_that_somebody_reads_stays_until_the_next_try_and_this_is_said(
    ledger, postgres_store, make_event
) -> None:
    take(ledger, make_event(1), now=NOW - timedelta(days=3))
    day = day_of(ms_of(NOW))
    with psycopg.connect(postgres_store.where) as reading:
        reading.execute("SELECT count(*) FROM collector.event")
        with pytest.raises(LedgerError, match="until the next try"):
            vanish(postgres_store, day)
    take(ledger, make_event(2))  # intake goes on

    assert vanish(postgres_store, day) == 1
