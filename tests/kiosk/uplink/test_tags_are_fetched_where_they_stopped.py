import http.server
import shutil
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme
from kiosk.domain.names import folded_name
from kiosk.privacy.tags import tag
from kiosk.store.people import is_kept
from kiosk.store.tags import Tags
from kiosk.uplink.settings import UplinkSettings
from kiosk.uplink.tag_fetch import TagFetch, counts_of
from kiosk.wire import tag_pages

TODAY = date(2026, 11, 24)
KEY = b"k" * 32
PAGE_ENTRIES = 2
PATIENCE_S = 10.0


def somebody(number: int) -> Identity:
    identifier = Identifier(Scheme.CCCD, f"08409000000{number}")
    return Identity(CodeKind.CCCD, (identifier,), name=f"Sơn Thị {number}", birth="1990")


def tag_of(identity: Identity) -> tuple[bytes, bool]:
    name = folded_name(identity.name)
    return tag(KEY, identity.identifiers[0], "1990", name), False


class Collector(http.server.ThreadingHTTPServer):
    """Serves pages of two entries, and remembers what it was asked for."""

    daemon_threads = True

    def __init__(self, certificate: Path, key: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.key, self.entries = KEY, [tag_of(somebody(n)) for n in range(5)]
        self.status = 200
        self.asked: list[str] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def page(self, position: int) -> bytes:
        entries = self.entries[position : position + PAGE_ENTRIES]
        return tag_pages.encode(tag_pages.TagPage(self.key, position, len(self.entries), entries))


class _Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Collector

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = self.server.page(int(self.path.rpartition("=")[2]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """One made-up certificate for both ends, its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "made-up")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (tmp_path / "made-up.pem").write_bytes(made.public_bytes(pem))
    (tmp_path / "made-up.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return tmp_path / "made-up.pem", tmp_path / "made-up.key"


@pytest.fixture
def collector(certificate: tuple[Path, Path]) -> Iterator[Collector]:
    server = Collector(*certificate)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def people() -> Iterator[Path]:
    if not is_kept(Path("/dev/shm/people.db")):
        pytest.skip("/dev/shm is no tmpfs on this machine")
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    yield folder / "people.db"
    shutil.rmtree(folder)


@pytest.fixture
def fetch(collector: Collector, certificate: tuple[Path, Path], people: Path) -> Iterator[TagFetch]:
    settings = UplinkSettings(
        kiosk="cho-1",
        host="",
        port=1,
        ca_file=certificate[0],
        certificate_file=certificate[0],
        key_file=certificate[1],
        tags_host="localhost",
        tags_port=collector.server_port,
    )
    running = TagFetch(settings, Tags(people), lambda: TODAY)
    running.open()
    yield running
    running.close()


def eventually(holds: Callable[[], bool]) -> bool:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        if holds():
            return True
        time.sleep(0.02)
    return False


def announce(fetch: TagFetch, entries: int) -> None:
    fetch.announce({"days": {str(TODAY): entries}})


def test_all_pages_of_the_day_are_fetched(
    fetch: TagFetch, collector: Collector, people: Path
) -> None:
    announce(fetch, 5)

    with Tags(people) as tags:
        assert eventually(lambda: tags.state(TODAY) == (KEY, 5))
        assert all(tags.knows(somebody(n), TODAY) for n in range(5))
        assert not tags.knows(somebody(6), TODAY)


def test_what_is_here_is_not_fetched_again(
    fetch: TagFetch, collector: Collector, people: Path
) -> None:
    announce(fetch, 5)
    with Tags(people) as tags:
        assert eventually(lambda: tags.state(TODAY) == (KEY, 5))
        collector.asked.clear()
        collector.entries.append(tag_of(somebody(6)))

        announce(fetch, 6)

        assert eventually(lambda: tags.knows(somebody(6), TODAY))
        assert collector.asked == [f"/v1/tags/{TODAY}?from=5"]


def test_a_collector_that_refuses_is_asked_again(
    fetch: TagFetch, collector: Collector, people: Path
) -> None:
    collector.status = 503
    announce(fetch, 5)
    assert eventually(lambda: bool(collector.asked))

    collector.status = 200

    with Tags(people) as tags:
        assert eventually(lambda: tags.state(TODAY) == (KEY, 5))


def test_a_day_that_has_begun_anew_is_fetched_anew(
    fetch: TagFetch, collector: Collector, people: Path
) -> None:
    announce(fetch, 5)
    with Tags(people) as tags:
        assert eventually(lambda: tags.state(TODAY) == (KEY, 5))
        collector.key, collector.entries = b"n" * 32, [tag_of(somebody(0))]

        announce(fetch, 1)

        assert eventually(lambda: tags.state(TODAY) == (b"n" * 32, 1))


@pytest.mark.parametrize(
    "body", [{}, {"days": 3}, {"days": {"today": 1}}, {"days": {"2026-11-24": "1"}}], ids=str
)
def test_an_announcement_that_says_nothing_asks_for_nothing(body: dict[str, object]) -> None:
    assert counts_of(body) == {}
