import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk import outbox_file
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import Direction, Visit
from kiosk.errors import KioskError
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import Stamp
from kiosk.wire import carried, events, receipts, signed
from kiosk.wire.carried import Carries
from kiosk.wire.ids import uuid7
from kiosk.wire.receipts import Receipt

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
BOOT = "3b1f6c1e-6a0e-4c53-9f4e-0a4f3f3f9d11"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEYS = signed.by_id([KEY.public_key()])
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"1")


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "state.db", "cho-1", owner=True) as opened:
        for number in range(250):
            visit_id = uuid7(1_795_482_000_000, number.to_bytes(10))
            visit = Visit(
                visit_id, NOW, Direction.IN, Verdict(Outcome.ACCEPTED, "portal"), "cccd", None
            )
            opened.append_visit(visit, Stamp(NOW, BOOT, number, True))
        yield opened


def read(path: Path, carries: Carries = Carries.EVENTS) -> carried.Carried:
    with path.open("rb") as file:
        return carried.read(file, carries)


def receipt(outbox: Outbox, upto: int, key: Ed25519PrivateKey = KEY, chain: str = "") -> bytes:
    row = next(row for row in outbox.unreceived(0, 1_000) if row.seq == upto)
    said = Receipt(row.stream, upto, (), NOW, chain or events.chain_hash(row.payload))
    return receipts.sign(said, key)


@pytest.fixture
def carry_back(tmp_path: Path) -> Callable[..., Path]:
    def write(*messages: bytes, kiosk: str = "cho-1") -> Path:
        path = tmp_path / "back.receipts"
        with path.open("wb") as file:
            carried.write(file, Carries.RECEIPTS, kiosk, NOW, messages)
        return path

    return write


def test_what_has_no_receipt_is_carried_as_it_would_have_been_sent(
    outbox: Outbox, tmp_path: Path
) -> None:
    rows = outbox.waiting(0, 1_000)
    outbox.park(rows[4].position, "too_large_for_broker")

    path, count = outbox_file.export(outbox, "cho-1", tmp_path, NOW)

    found = read(path)
    assert path == tmp_path / "cho-1-20261124T050000Z.events"
    assert (count, found.kiosk, found.at) == (250, "cho-1", NOW)
    assert found.messages == tuple(row.payload for row in rows)
    assert len(outbox.waiting(0, 1_000)) == 249  # nothing has left


def test_the_receipts_that_come_back_free_rows_and_taken_twice_change_nothing(
    outbox: Outbox, carry_back: Callable[..., Path]
) -> None:
    file = carry_back(receipt(outbox, 100), receipt(outbox, 200))

    first = outbox_file.import_receipts(outbox, "cho-1", file, KEYS)
    again = outbox_file.import_receipts(outbox, "cho-1", file, KEYS)

    assert (first.receipts, first.received, first.refused) == (2, 200, 0)
    assert (again.receipts, again.received, again.refused) == (2, 0, 0)
    assert [row.seq for row in outbox.waiting(0, 1_000)] == list(range(201, 251))


def test_a_receipt_that_is_forged_or_of_another_chain_is_refused_and_the_others_count(
    outbox: Outbox, carry_back: Callable[..., Path]
) -> None:
    file = carry_back(
        receipt(outbox, 250, key=STRANGER),
        receipt(outbox, 250, chain="0" * 64),
        receipt(outbox, 10),
        b'{"signed":"x"}',
    )

    done = outbox_file.import_receipts(outbox, "cho-1", file, KEYS)

    assert (done.receipts, done.received, done.refused) == (4, 10, 3)


def test_without_keys_no_receipt_is_believed(
    outbox: Outbox, carry_back: Callable[..., Path]
) -> None:
    with pytest.raises(KioskError, match="no document `keys`"):
        outbox_file.import_receipts(outbox, "cho-1", carry_back(receipt(outbox, 9)), {})


def test_receipts_of_another_kiosk_are_refused_by_name(
    outbox: Outbox, carry_back: Callable[..., Path]
) -> None:
    file = carry_back(receipt(outbox, 9), kiosk="cho-2")

    with pytest.raises(KioskError, match="these receipts are for cho-2, this is cho-1"):
        outbox_file.import_receipts(outbox, "cho-1", file, KEYS)


def test_the_way_out_given_as_the_way_back_is_named(outbox: Outbox, tmp_path: Path) -> None:
    path, _ = outbox_file.export(outbox, "cho-1", tmp_path / "out", NOW)

    with pytest.raises(KioskError, match="entrance-receipts but of entrance-events"):
        outbox_file.import_receipts(outbox, "cho-1", path, KEYS)


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def without_last_line(content: bytes) -> bytes:
    return content[: content.rstrip().rindex(b"\n") + 1]


def one_message_less(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join([lines[0], *lines[2:]])


def altered(content: bytes) -> bytes:
    return content.replace(b"upto", b"opto", 1)


def longer(content: bytes) -> bytes:
    return content + b"more\n"


def photograph(content: bytes) -> bytes:
    return bytes(range(256)) * 100


@pytest.mark.parametrize(
    "spoil", [cut, without_last_line, one_message_less, altered, longer, photograph, lambda _: b""]
)
def test_a_file_that_is_not_whole_is_refused_and_nothing_is_done(
    outbox: Outbox, carry_back: Callable[..., Path], spoil: Callable[[bytes], bytes]
) -> None:
    file = carry_back(receipt(outbox, 100), receipt(outbox, 200))
    file.write_bytes(spoil(file.read_bytes()))

    with pytest.raises(KioskError, match=r"copy it once more|no file of the format"):
        outbox_file.import_receipts(outbox, "cho-1", file, KEYS)

    assert outbox.counts(Stamp(NOW, BOOT, 0, True)).waiting == 250


def test_a_file_that_is_there_is_never_written_over(outbox: Outbox, tmp_path: Path) -> None:
    outbox_file.export(outbox, "cho-1", tmp_path, NOW)

    with pytest.raises(KioskError, match="is there already"):
        outbox_file.export(outbox, "cho-1", tmp_path, NOW)


def test_a_stick_that_is_not_there_leaves_no_file(outbox: Outbox, tmp_path: Path) -> None:
    with pytest.raises(KioskError, match="No such file or directory"):
        outbox_file.export(outbox, "cho-1", tmp_path / "stick" / "out", NOW)

    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_a_version_this_side_does_not_know_is_said(tmp_path: Path) -> None:
    path = tmp_path / "new"
    with path.open("wb") as file:
        carried.write(file, Carries.EVENTS, "cho-1", NOW + timedelta(days=1), [])
    first, last = path.read_bytes().splitlines()
    newer = {**json.loads(first), "version": 2}
    path.write_bytes(json.dumps(newer).encode() + b"\n" + last + b"\n")

    with pytest.raises(carried.CarriedError, match="another version"):
        read(path)
