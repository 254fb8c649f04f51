"""Bundles signed by a made-up authority, as small as they can be."""

import hashlib
import io
import tarfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.update.bundle import UpdateError, this_machine, this_python, unpack
from kiosk.wire import signed, updates
from kiosk.wire.updates import Release

KEY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
BUILT_AT = datetime(2026, 11, 20, tzinfo=UTC)
KEYS = signed.by_id([KEY.public_key()])
STRANGER = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)


@pytest.fixture
def make(tmp_path):
    """Writes a bundle; `members` maps paths in it to their content."""

    def made(name="0.2.0-000000000002", key=KEY, members=None, **fields):
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w:") as archive:
            for path, content in (members or {"lay-release": b"#!/bin/sh\n"}).items():
                info = tarfile.TarInfo(path)
                info.size, info.mode = len(content), 0o755
                archive.addfile(info, io.BytesIO(content))
        payload = tar.getvalue()
        release = Release(
            name=name,
            built_at=BUILT_AT,
            python=this_python(),
            machine=this_machine(),
            sha256=hashlib.sha256(payload).hexdigest(),
            size=len(payload),
        )
        file = tmp_path / f"{name}.bundle"
        line = updates.sign(replace(release, **fields), key)
        file.write_bytes(line + b"\n" + payload)
        return file

    return made


@pytest.fixture
def running(tmp_path):
    folder = tmp_path / "releases" / "0.1.0-000000000001"
    folder.mkdir(parents=True)
    return folder


def test_what_the_authority_has_signed_is_unpacked(tmp_path, make, running):
    bundle = make(members={"about.json": b"{}", "wheels/a.whl": b"made up"})

    release = unpack(bundle, KEYS, tmp_path / "incoming", running)

    assert release.name == "0.2.0-000000000002"
    assert (tmp_path / "incoming/wheels/a.whl").read_bytes() == b"made up"


def test_cut_at_any_byte_nothing_is_left_of_it(tmp_path, make, running):
    bundle = make()
    whole = bundle.read_bytes()

    for length in [*range(0, 700, 7), *range(700, len(whole), 487), len(whole) - 1]:
        bundle.write_bytes(whole[:length])
        with pytest.raises(UpdateError):
            unpack(bundle, KEYS, tmp_path / "incoming", running)
        assert not (tmp_path / "incoming").exists()


def test_changed_at_any_byte_it_is_refused(tmp_path, make, running):
    bundle = make()
    whole = bundle.read_bytes()

    for at in [*range(0, 700, 7), *range(700, len(whole), 487), len(whole) - 1]:
        bundle.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(UpdateError):
            unpack(bundle, KEYS, tmp_path / "incoming", running)
        assert not (tmp_path / "incoming").exists()


def test_more_than_was_signed_is_refused(tmp_path, make, running):
    bundle = make()
    bundle.write_bytes(bundle.read_bytes() + b"\0" * 512)

    with pytest.raises(UpdateError, match="damaged or was cut short"):
        unpack(bundle, KEYS, tmp_path / "incoming", running)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"key": STRANGER}, "no release of this authority"),
        ({"python": "cp27"}, "is for cp27 on"),
        ({"machine": "vax"}, "on vax, this is"),
        ({"name": "0.1.0-000000000001"}, "is the one that runs"),
        ({"name": "0.0.9-000000000009"}, "is older than 0.1.0"),
    ],
    ids=["stranger", "python", "machine", "same", "older"],
)
def test_what_does_not_belong_here_is_refused_in_words(tmp_path, make, running, fields, why):
    with pytest.raises(UpdateError, match=why):
        unpack(make(**fields), KEYS, tmp_path / "incoming", running)

    assert not (tmp_path / "incoming").exists()


def test_of_two_with_one_version_the_one_that_was_built_first_is_older(tmp_path, make, running):
    here = unpack(make("0.1.0-00000000000a"), KEYS, tmp_path / "incoming", running)
    at_work = tmp_path / "incoming"
    at_work.rename(tmp_path / here.name)
    before = make("0.1.0-00000000000b", built_at=BUILT_AT - timedelta(days=1))

    with pytest.raises(UpdateError, match="is older"):
        unpack(before, KEYS, tmp_path / "incoming", tmp_path / here.name)
    unpack(before, KEYS, tmp_path / "incoming", tmp_path / here.name, allow_older=True)


def test_a_path_that_leads_out_of_its_folder_is_refused_although_it_is_signed(
    tmp_path, make, running
):
    bundle = make(members={"../outside": b"made up"})

    with pytest.raises(UpdateError):
        unpack(bundle, KEYS, tmp_path / "incoming", running)

    assert not (tmp_path / "outside").exists()
