"""Keys are listed, changed, copied to a second place and put back; none is ever written over or shown."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector import authority, keys
from collector.cases import bundle as bundles
from collector.cli import main
from collector.keys import KeyKind
from collector.registry.enrolment import _key as enrolment_key

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
PASSPHRASE = "a dozen lotus ponds"


@pytest.fixture(autouse=True)
def _typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLECTOR_PASSPHRASE", PASSPHRASE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As the inbox has it: with the officer's public half only."""
    folder = tmp_path / "keys"
    for kind in KeyKind:
        keys.new(folder, kind, NOW, PASSPHRASE.encode())
    keys.new_pseudonym_key(folder)
    for path in folder.glob("tracing-*.key"):
        path.unlink()
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def back_up(*folders: Path, to: Path) -> int:
    return main(["keys", "backup", "--dir", *map(str, folders), "--to", str(to)])


def put_back(file: Path, into: Path, *more: str) -> int:
    return main(["keys", "restore", "--from", str(file), "--dir", str(into), *more])


def test_what_was_backed_up_comes_back_and_opens_what_it_opened(folder, tmp_path, capsys) -> None:
    to = tmp_path / "safe" / "keys.backup"

    assert back_up(folder, to=to) == 0
    assert put_back(to, tmp_path / "new") == 0

    assert content(tmp_path / "new") == content(folder)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").glob("*.key")}
    assert modes == {0o600}
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert keys.pseudonym_key(tmp_path / "new") == keys.pseudonym_key(folder)
    told = capsys.readouterr()
    assert "8 of 8 files" in told.err
    assert "8 files in" in told.out


def test_no_key_stands_in_a_backup_in_clear(folder, tmp_path) -> None:
    to = tmp_path / "keys.backup"
    back_up(folder, to=to)

    for path in folder.glob("*.key"):
        assert path.read_bytes() not in to.read_bytes()
    assert b"PRIVATE KEY" not in to.read_bytes()


def test_keys_of_days_are_in_no_backup_or_what_was_deleted_would_come_back(
    folder, tmp_path, capsys
) -> None:
    (tmp_path / "day-keys").mkdir()
    (tmp_path / "day-keys" / "2026-11-24.key").write_bytes(bytes(32))

    assert back_up(folder, tmp_path / "day-keys", to=tmp_path / "keys.backup") == 1

    assert not (tmp_path / "keys.backup").exists()
    assert "holds keys of days" in capsys.readouterr().err
    assert main(["keys", "list", "--dir", str(tmp_path / "day-keys")]) == 0
    assert "unwraps the contacts of its day" in capsys.readouterr().out


def test_nothing_is_written_over_by_a_backup_or_by_putting_it_back(
    folder, tmp_path, capsys
) -> None:
    to = tmp_path / "keys.backup"
    back_up(folder, to=to)
    before = to.read_bytes()
    assert back_up(folder, to=to) == 1
    assert to.read_bytes() == before

    other = tmp_path / "other"
    keys.new_pseudonym_key(other)
    was = content(other)
    assert put_back(to, other) == 1
    assert content(other) == was
    assert "has another pseudonym.key" in capsys.readouterr().err
    assert put_back(to, folder) == 0


def test_what_is_half_there_is_completed(folder, tmp_path) -> None:
    to = tmp_path / "keys.backup"
    back_up(folder, to=to)
    before = content(folder)
    (folder / "pseudonym.key").unlink()

    assert put_back(to, folder) == 0

    assert content(folder) == before


@pytest.mark.parametrize("damage", ["passphrase", "byte", "head", "no backup", "nothing"])
def test_another_passphrase_or_a_damaged_file_is_said_and_nothing_is_written(
    folder, tmp_path, monkeypatch, capsys, damage
) -> None:
    to = tmp_path / "keys.backup"
    back_up(folder, to=to)
    payload = to.read_bytes()
    if damage == "passphrase":
        monkeypatch.setenv("COLLECTOR_PASSPHRASE", "a dozen other ponds")
    elif damage == "byte":
        to.write_bytes(payload[:-1] + bytes([payload[-1] ^ 1]))
    elif damage == "head":
        to.write_bytes(payload.replace(b'"n": 65536', b'"n": 65537'))
    elif damage == "no backup":
        to.write_bytes(b"[]")
    else:
        to.unlink()

    assert put_back(to, tmp_path / "new") == 1
    assert not (tmp_path / "new").exists()
    assert len(capsys.readouterr().err.splitlines()) <= 2


def test_a_short_passphrase_is_refused(folder, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COLLECTOR_PASSPHRASE", "short")

    assert back_up(folder, to=tmp_path / "keys.backup") == 1
    assert not (tmp_path / "keys.backup").exists()


def test_folders_are_kept_apart_and_named_when_there_are_several(folder, tmp_path, capsys) -> None:
    authority.create(tmp_path / "authority")
    to = tmp_path / "keys.backup"
    assert back_up(folder, tmp_path / "authority", to=to) == 0

    assert put_back(to, tmp_path / "new") == 1
    assert "authority, keys" in capsys.readouterr().err
    assert put_back(to, tmp_path / "new", "--folder", "authority") == 0
    assert content(tmp_path / "new") == content(tmp_path / "authority")


# ---- listing


def test_a_list_tells_kind_age_and_use_of_each_and_nothing_of_its_content(
    folder, tmp_path, capsys
) -> None:
    old = keys.published_ids(folder, KeyKind.INGEST)[0]
    keys.new(folder, KeyKind.INGEST, NOW + timedelta(days=1))
    keys.retire(folder, old)
    authority.create(tmp_path / "authority")

    assert main(["keys", "list", "--dir", str(folder), str(tmp_path / "authority")]) == 0

    out = capsys.readouterr().out
    rows = {(row[0], row[1]): row for row in (line.split("\t") for line in out.splitlines())}
    assert rows["ingest", old][2] == "24/11/2026"
    assert rows["ingest", old][4:6] == ["retired", "opens links"]
    (tracing,) = (row for (kind, _), row in rows.items() if kind == "tracing")
    assert tracing[4] == "public half"
    assert rows["pseudonym", "-"][5] == "makes pseudonyms"
    assert ("certificates", "-") in rows
    secret = (folder / "pseudonym.key").read_text().strip()
    assert secret not in out
    assert "PRIVATE" not in out


def test_a_list_of_a_folder_that_is_not_there_says_so(tmp_path, capsys) -> None:
    assert main(["keys", "list", "--dir", str(tmp_path / "nowhere")]) == 1
    assert "there is no folder" in capsys.readouterr().err


# ---- rotating


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "collector.toml"
    path.write_text(
        "[inbox]\nkeys_folder = 'keys'\n"
        "[cases]\nrelease_key_file = 'release.key'\n"
        "[registry]\nenrolment_key_file = 'enrolment.key'\n"
    )
    return str(path)


@pytest.mark.parametrize("kind", [KeyKind.RECEIPT, KeyKind.COMMAND, KeyKind.INGEST])
def test_a_published_key_is_followed_by_a_new_one_and_both_count(
    folder, config, capsys, kind
) -> None:
    (old,) = keys.published_ids(folder, kind)

    assert main(["keys", "rotate", kind, "--config", config]) == 0

    told = capsys.readouterr()
    assert keys.published_ids(folder, kind) == [old, told.out.strip()]
    assert old in told.err


def test_there_is_nothing_to_rotate_where_no_key_is(config, capsys) -> None:
    assert main(["keys", "rotate", "ingest", "--config", config]) == 1
    assert "collector keys new ingest" in capsys.readouterr().err


def test_the_old_release_key_signs_no_more_and_its_bundles_can_still_be_checked(
    tmp_path, config
) -> None:
    old = bundles.release_key(tmp_path / "release.key")

    assert main(["keys", "rotate", "release", "--config", config]) == 0

    new = bundles.release_key(tmp_path / "release.key")
    assert new.public_key() != old.public_key()
    assert bundles.office_key(tmp_path / "release.pub") == new.public_key()
    (kept,) = tmp_path.glob("release-until-*.pub")
    assert bundles.office_key(kept) == old.public_key()
    assert len(list(tmp_path.glob("release*.key"))) == 1


def test_a_new_enrolment_key_takes_the_place_of_the_old_one(tmp_path, config) -> None:
    old = enrolment_key(tmp_path / "enrolment.key")

    assert main(["keys", "rotate", "enrolment", "--config", config]) == 0

    assert enrolment_key(tmp_path / "enrolment.key").public_key() != old.public_key()
    assert stat.S_IMODE((tmp_path / "enrolment.key").stat().st_mode) == 0o600
