import base64
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector import keys
from collector.inbox.keyring import Keyring
from collector.inbox.sorting import sort
from collector.inbox.unsealing import unsealed
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_ledger import SqliteLedger
from kiosk.privacy.sealing import Context, Part, seal
from kiosk.wire.events import chain_hash

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
STREAM = "00112233445566778899aabbccddeeff"
NUMBER = "084000000017"
EVENT = "entrance/v1/cho-1/event"


@pytest.fixture
def open_keyring(keyring: Keyring) -> Keyring:
    keyring.open()
    return keyring


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    ledger.open()
    yield ledger
    ledger.close()


@pytest.fixture
def visit(make_event: Callable[..., bytes], keys_folder: Path) -> Callable[..., bytes]:
    """A visit with a sealed `link`, as a kiosk sends it; `moved` seals it for another event."""
    ingest = keys.public_keys(keys_folder).ingest[0]

    def visit(seq: int, *numbers: str, moved: int = 0, plain: bytes = b"") -> bytes:
        ids = [["cccd", number] for number in numbers or (NUMBER,)]
        link = plain or json.dumps({"ids": ids, "name": "THACH THI HOA", "birth": "1960"}).encode()
        bare = json.loads(make_event(seq))
        context = Context(bare["id"], "cho-1", STREAM, seq + moved)
        sealed = {
            part: {"key": one.key, "sealed": base64.b64encode(one.ciphertext).decode()}
            for part, one in (
                ("link", seal(Part.LINK, link, ingest, context)),
                ("contact", seal(Part.CONTACT, b"Hoa", ingest, context)),
            )
        }
        return make_event(seq, data={**bare["data"], **sealed})

    return visit


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def take(ledger: SqliteLedger, keyring: Keyring, *payloads: bytes) -> None:
    ledger.commit(unsealed(sort((EVENT, payload) for payload in payloads), keyring), NOW)


def test_a_person_is_known_again_by_a_pseudonym_and_by_nothing_else(
    ledger, open_keyring, visit, tmp_path
) -> None:
    take(ledger, open_keyring, visit(1), visit(2, "084000000025"), visit(3))
    ledger.close()

    found = rows(tmp_path / "ledger.db", "SELECT pseudonym, event FROM person_key ORDER BY event")
    who = [pseudonym for pseudonym, _ in found]
    assert who[0] == who[2] != who[1]
    assert {len(it) for it in who} == {16}
    on_disk = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for word in (NUMBER.encode(), b"THACH", b"1960"):
        assert word not in on_disk


def test_link_is_thrown_away_contact_stays_sealed_and_the_chain_still_holds(
    ledger, open_keyring, visit, tmp_path
) -> None:
    payload = visit(1)

    take(ledger, open_keyring, payload)

    ((message, digest, link),) = rows(
        tmp_path / "ledger.db", "SELECT message, hash, link FROM event"
    )
    data = json.loads(message)["data"]
    assert "link" not in data
    assert data["contact"] == json.loads(payload)["data"]["contact"]
    assert (digest.hex(), link) == (chain_hash(payload), 1)
    assert SqliteAnswers(tmp_path / "ledger.db").check().is_whole


def test_a_person_with_several_numbers_has_a_pseudonym_for_each(
    ledger, open_keyring, visit, tmp_path
) -> None:
    take(ledger, open_keyring, visit(1, NUMBER, "084000000025"))

    assert rows(tmp_path / "ledger.db", "SELECT count(*) FROM person_key") == [(2,)]


@pytest.mark.parametrize("how", ["moved to another event", "no link inside", "an unknown key"])
def test_what_does_not_open_is_counted_and_kept_as_it_came(
    ledger, open_keyring, visit, tmp_path, how
) -> None:
    match how:
        case "moved to another event":
            payload = visit(1, moved=1)
        case "no link inside":
            payload = visit(1, plain=b"[]")
        case _:
            payload = visit(1)
            open_keyring.opening.clear()

    take(ledger, open_keyring, payload)

    assert rows(tmp_path / "ledger.db", "SELECT message FROM event") == [(payload.decode(),)]
    assert rows(tmp_path / "ledger.db", "SELECT count(*) FROM person_key") == [(0,)]
    (checked,) = SqliteAnswers(tmp_path / "ledger.db").check().kiosks
    assert (checked.events, checked.unopened) == (1, 1)


def test_a_repeat_names_nobody_twice(ledger, open_keyring, visit, tmp_path) -> None:
    take(ledger, open_keyring, visit(1))
    take(ledger, open_keyring, visit(1), visit(1))

    assert rows(tmp_path / "ledger.db", "SELECT count(*) FROM person_key") == [(1,)]


def test_events_of_nobody_need_no_key(ledger, make_event, tmp_path) -> None:
    take(ledger, Keyring(tmp_path / "none"), make_event(1), make_event(2, kind="notice"))

    (checked,) = SqliteAnswers(tmp_path / "ledger.db").check().kiosks
    assert (checked.events, checked.unopened) == (2, 0)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(lambda m: json.dumps(m, separators=(",", ":")), id="as kiosks write it"),
        pytest.param(json.dumps, id="with spaces"),
        pytest.param(
            lambda m: json.dumps(m, separators=(",", ":")).replace('"link"', '"lin\\u006b"'),
            id="escaped",
        ),
        pytest.param(
            lambda m: json.dumps({"link": m["data"]["link"], **m}, separators=(",", ":")),
            id="with another of the same words",
        ),
        pytest.param(
            lambda m: json.dumps(
                {**m, "data": {"link": m["data"].pop("link"), **m["data"]}}, separators=(",", ":")
            ),
            id="in the first place",
        ),
    ],
)
def test_link_is_taken_out_and_nothing_else_however_it_is_written(
    open_keyring, visit, form
) -> None:
    message = json.loads(visit(1))
    payload = form(message).encode()
    wanted = json.loads(payload)
    del wanted["data"]["link"]

    (taken,) = unsealed(sort([(EVENT, payload)]), open_keyring).events

    assert json.loads(taken.kept) == wanted
