import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector import keys
from collector.errors import CollectorError
from collector.keys import KeyKind
from kiosk.privacy.sealing import Context, Part, opened, seal
from kiosk.wire.keys import AuthorityKeys, current

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PASSPHRASE = b"a dozen lotus ponds"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One key of every kind."""
    for kind in KeyKind:
        keys.new(tmp_path, kind, NOW, PASSPHRASE if kind is KeyKind.TRACING else b"")
    return tmp_path


def test_every_private_half_is_for_its_owner_alone(folder: Path) -> None:
    keys.new_pseudonym_key(folder)

    private = list(folder.glob("*.key"))

    assert len(private) == 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}


def test_the_document_tells_the_public_half_of_each_and_no_private_one(folder: Path) -> None:
    body = keys.public_keys(folder).body()

    assert {name: len(found) for name, found in body.items()} == dict.fromkeys(KeyKind, 1)
    assert AuthorityKeys.from_body(body).ingest[0].valid_from == NOW


def test_a_kind_that_is_missing_is_named_with_the_command_that_makes_it(folder: Path) -> None:
    for path in folder.glob("tracing-*.pub"):
        path.unlink()

    with pytest.raises(CollectorError, match="no tracing key: `collector keys tracing new`"):
        keys.public_keys(folder)


def test_the_old_receipt_key_signs_until_it_is_retired_so_that_kiosks_know_the_new_one_by_then(
    folder: Path,
) -> None:
    (old_id,) = keys.public_keys(folder).receipt
    new_id = keys.new(folder, KeyKind.RECEIPT, NOW + DAY)
    assert set(keys.public_keys(folder).receipt) == {old_id, new_id}
    old = keys.signing_key(folder, KeyKind.RECEIPT)

    keys.retire(folder, old_id)

    new = keys.signing_key(folder, KeyKind.RECEIPT)
    assert old is not None
    assert new is not None
    public = keys.public_keys(folder).receipt
    assert list(public) == [new_id]
    assert new.public_key() == public[new_id]
    assert old.public_key() != public[new_id]


def test_kiosks_seal_to_the_newest_ingest_key_and_the_retired_one_still_opens(folder: Path) -> None:
    first = keys.public_keys(folder).ingest[0]
    context = Context("019abc00-0000-7000-8000-000000000001", "cho-1", "0" * 32, 1)
    sealed = seal(Part.LINK, b"who", first, context)

    newest = keys.new(folder, KeyKind.INGEST, NOW + DAY)
    keys.retire(folder, first.id)

    published = keys.public_keys(folder).ingest
    assert [key.id for key in published] == [newest]
    chosen = current(published, NOW + 2 * DAY)
    assert chosen is not None
    assert chosen.id == newest
    assert opened(Part.LINK, sealed, keys.opening_keys(folder)[first.id], context) == b"who"


def test_the_last_key_of_a_kind_cannot_be_retired_nor_one_that_is_not_there(folder: Path) -> None:
    (only,) = keys.public_keys(folder).command

    with pytest.raises(CollectorError, match="make a new one first"):
        keys.retire(folder, only)
    with pytest.raises(CollectorError, match="no published key"):
        keys.retire(folder, "0123456789abcdef")


def test_a_tracing_key_needs_a_passphrase_and_is_no_key_to_this_machine_without_it(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(CollectorError, match="12 characters"):
        keys.new(tmp_path / "officer", KeyKind.TRACING, NOW, b"short")

    (path,) = folder.glob("tracing-*.key")
    assert b"ENCRYPTED" in path.read_bytes()


def test_the_pseudonym_key_is_made_once(tmp_path: Path) -> None:
    assert keys.pseudonym_key(tmp_path) is None
    keys.new_pseudonym_key(tmp_path)
    before = keys.pseudonym_key(tmp_path)

    with pytest.raises(CollectorError, match="know nobody"):
        keys.new_pseudonym_key(tmp_path)

    assert keys.pseudonym_key(tmp_path) == before
    assert before is not None
    assert len(before) == 32


@pytest.mark.parametrize("name", ["receipt", "ingest"])
def test_a_damaged_key_is_told_with_its_file(folder: Path, name: str) -> None:
    (path,) = folder.glob(f"{name}-*.key")
    path.write_text("nothing")

    with pytest.raises(CollectorError, match="damaged"):
        keys.opening_keys(folder) if name == "ingest" else keys.signing_key(folder, KeyKind.RECEIPT)
