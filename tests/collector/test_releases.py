"""A release is signed, told to a share of the kiosks, and fetched by one with its certificate."""

import http.client
import io
import json
import ssl
import tarfile
from datetime import UTC, datetime

import pytest

from collector import authority, documents, releases
from collector.config import BrokerSection, DevicesSection
from collector.errors import CollectorError
from collector.tags.endpoint import DeviceEndpoint
from collector.tags.store import TagStore
from kiosk.update import fetch
from kiosk.update.bundle import UpdateError, this_machine, this_python, unpack
from kiosk.wire import signed, updates
from kiosk.wire.documents import DocumentKind

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
NAME = "0.2.0-000000000002"
ABOUT = {
    "name": NAME,
    "built": "2026-11-20T00:00:00Z",
    "python": this_python(),
    "machine": this_machine(),
}


@pytest.fixture
def folder(tmp_path):
    authority.create(tmp_path / "authority")
    authority.issue(tmp_path / "authority", "devices", tmp_path, ["127.0.0.1"])
    for kiosk in ("cho-1", "stolen-1"):
        authority.issue(tmp_path / "authority", kiosk, tmp_path)
    return tmp_path


@pytest.fixture
def key(folder):
    return authority.signing_key(folder / "authority")


@pytest.fixture
def tar(tmp_path):
    """As build-release makes it."""

    def made(about=ABOUT, first="about.json"):
        file = tmp_path / "made.tar"
        with tarfile.open(file, "w") as archive:
            for name, content in ((first, json.dumps(about).encode()), ("wheels", b"x" * 300_000)):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        return file

    return made


@pytest.fixture
def endpoint(folder):
    section = DevicesSection(
        port=0, certificate_file=folder / "devices.pem", key_file=folder / "devices.key"
    )
    tls = BrokerSection(ca_file=folder / "ca.pem")
    with DeviceEndpoint(
        section,
        tls,
        TagStore(folder / "tags.db"),
        {"cho-1": ""}.get,
        lambda name: releases.file_of(folder / "documents", name),
    ) as serving:
        yield serving


@pytest.fixture
def connect(folder, endpoint):
    opened = []

    def connection(kiosk="cho-1"):
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        context.load_cert_chain(folder / f"{kiosk}.pem", folder / f"{kiosk}.key")
        opened.append(
            http.client.HTTPSConnection("127.0.0.1", endpoint.port, timeout=5, context=context)
        )
        return opened[-1]

    yield connection
    for each in opened:
        each.close()


def rollout(folder):
    return updates.rollout_of(documents.body_in(folder / "documents", DocumentKind.UPDATE))


def offer(folder):
    return fetch.offered(rollout(folder), "cho-1", ())


def test_what_was_published_is_fetched_and_believed(folder, key, tar, connect):
    releases.publish([tar()], folder / "documents", key, 100, NOW)

    file = fetch.fetch(offer(folder), folder / "updates", connect())

    running = folder / "releases/0.1.0-000000000001"
    keys = signed.by_id([key.public_key()])
    assert unpack(file, keys, folder / "incoming", running).name == NAME
    assert (folder / "incoming/wheels").stat().st_size == 300_000


@pytest.mark.parametrize("had", [1, 1000, 200_000])
def test_what_was_cut_off_goes_on_where_it_stopped(folder, key, tar, connect, had):
    releases.publish([tar()], folder / "documents", key, 100, NOW)
    bundle = folder / "documents/updates" / offer(folder).file
    part = folder / "updates" / f"{offer(folder).file}.part"
    part.parent.mkdir()
    part.write_bytes(bundle.read_bytes()[:had])

    file = fetch.fetch(offer(folder), folder / "updates", connect())

    assert file.read_bytes() == bundle.read_bytes()


def test_what_is_not_what_was_announced_is_thrown_away(folder, key, tar, connect):
    releases.publish([tar()], folder / "documents", key, 100, NOW)
    part = folder / "updates" / f"{offer(folder).file}.part"
    part.parent.mkdir()
    part.write_bytes(b"something else")

    with pytest.raises(UpdateError, match="not what was announced"):
        fetch.fetch(offer(folder), folder / "updates", connect())

    assert list(part.parent.iterdir()) == []


def test_a_kiosk_that_is_not_let_in_gets_none(folder, key, tar, connect):
    releases.publish([tar()], folder / "documents", key, 100, NOW)

    with pytest.raises(UpdateError, match="status 403"):
        fetch.fetch(offer(folder), folder / "updates", connect("stolen-1"))


@pytest.mark.parametrize("name", ["../keys.json", "..%2fkeys.json", "keys.json", ".bundle", ""])
def test_nothing_but_bundles_is_handed_out(folder, key, tar, connect, name):
    releases.publish([tar()], folder / "documents", key, 100, NOW)
    (folder / "documents/keys.json").write_text("made up")
    connection = connect()

    connection.request("GET", updates.PATH + name)

    assert connection.getresponse().status == 404


def test_a_growing_share_is_a_newer_document_about_the_same_bundle(folder, key, tar):
    first = releases.publish([tar()], folder / "documents", key, 0, NOW)
    assert offer(folder) is None

    assert releases.share(folder / "documents", key, 100, NOW) == first + 1

    assert offer(folder).name == NAME


def test_a_release_that_failed_here_is_not_fetched_again(folder, key, tar):
    releases.publish([tar()], folder / "documents", key, 100, NOW)

    assert fetch.offered(rollout(folder), "cho-1", {NAME}) is None


def test_without_a_release_there_is_nothing_to_share(folder, key):
    with pytest.raises(CollectorError, match="says nothing of a release yet"):
        releases.share(folder / "documents", key, 10, NOW)


@pytest.mark.parametrize(
    ("arguments", "percent", "why"),
    [
        ({"first": "other.json"}, 5, "not made by provisioning/build-release"),
        ({"about": {**ABOUT, "name": "new"}}, 5, "does not hold: name"),
        ({"about": {**ABOUT, "machine": "a b"}}, 5, "does not hold: machine"),
        ({}, 101, "share_percent"),
    ],
    ids=["no-release", "name", "machine", "share"],
)
def test_what_kiosks_would_refuse_is_not_published(folder, key, tar, arguments, percent, why):
    with pytest.raises(CollectorError, match=why):
        releases.publish([tar(**arguments)], folder / "documents", key, percent, NOW)

    assert not (folder / "documents/update.json").exists()
