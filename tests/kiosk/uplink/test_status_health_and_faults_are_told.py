import ipaddress
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kiosk.wire import health, status
from kiosk.wire.status import Presence

UPLINK = """
import sys, threading
from pathlib import Path
from kiosk.commands import Commands
from kiosk.documents import Documents
from kiosk.reports import Reporter
from kiosk.store.outbox import Outbox
from kiosk.uplink.process import run_uplink
from kiosk.uplink.settings import UplinkSettings

path = Path(sys.argv[1])
settings = UplinkSettings("cho-1", "127.0.0.1", int(sys.argv[2]), spread_s=0.1, will_delay_s=1)
outbox = Outbox(path, "cho-1", owner=False)
documents = Documents(path.with_name("documents"), "cho-1")
commands = Commands(path.with_name("commands.json"), "cho-1")
reporter = Reporter(path.with_name("no.sock"))
run_uplink(settings, outbox, documents, commands, reporter, threading.Event())
"""


def statuses(collector: Any) -> list[status.Status]:
    found = [o for o in list(collector.others) if o[0] == "entrance/v1/cho-1/status"]
    return [status.decode(payload) for _, payload, _, _ in found]


@pytest.mark.broker
def test_every_connection_says_online_under_a_higher_number_and_goodbye_at_its_end(
    broker: Any, new_collector: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    collector = new_collector(broker)

    for _ in range(2):
        kiosk.connect(new_settings(broker.port))
        until(lambda: kiosk.connected, "the connection")
        kiosk.disconnect()
        kiosk.beats.clear()
    until(lambda: len(statuses(collector)) == 4, "both, from beginning to end")

    told = [(said.state, said.birth, said.boot) for said in statuses(collector)]
    assert told == [
        (Presence.ONLINE, 1, 1),
        (Presence.OFFLINE, 1, 1),
        (Presence.ONLINE, 2, 1),
        (Presence.OFFLINE, 2, 1),
    ]


@pytest.mark.broker
def test_the_status_is_there_for_a_collector_that_comes_later(
    broker: Any, new_collector: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    kiosk.connect(new_settings(broker.port))
    until(lambda: kiosk.connected, "the connection")

    collector = new_collector(broker)

    until(lambda: statuses(collector), "the retained status")
    assert statuses(collector)[0].state is Presence.ONLINE


@pytest.mark.broker
def test_of_an_uplink_that_dies_the_last_will_speaks_under_its_own_number(
    broker: Any, new_collector: Any, kiosk: Any, until: Callable[..., None]
) -> None:
    collector = new_collector(broker)
    uplink = subprocess.Popen(
        [sys.executable, "-c", UPLINK, str(kiosk.path), str(broker.port)], stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: statuses(collector), "the birth")
    finally:
        os.kill(uplink.pid, signal.SIGKILL)
        uplink.wait(10)

    until(lambda: len(statuses(collector)) == 2, "the last will")
    birth, will = statuses(collector)
    assert (birth.state, will.state) == (Presence.ONLINE, Presence.OFFLINE)
    assert (birth.birth, birth.stream) == (will.birth, will.stream)
    assert status.supersedes(will, birth)


@pytest.mark.broker
def test_health_tells_the_figures_and_expires(
    broker: Any, new_collector: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    collector = new_collector(broker)
    collector.speaking = False
    kiosk.visits(3)

    kiosk.connect(new_settings(broker.port, health_every_s=1.0, resend_s=60.0))

    def told() -> list[Any]:
        return [o for o in list(collector.others) if o[0] == "entrance/v1/cho-1/health"]

    until(lambda: len(told()) >= 2, "two reports")
    _, payload, retained, properties = told()[-1]
    figures = health.decode(payload)
    assert (figures.waiting, figures.sent, figures.parked) == (3, 3, 0)
    assert (figures.receipt_age_s, figures.storage, figures.birth) == (-1.0, "ok", 1)
    assert figures.free_mib > 0
    assert figures.release == "checkout"
    assert retained == 0
    assert 290 <= properties.MessageExpiryInterval <= 300
    assert properties.ContentType == "application/json"


def test_a_broker_that_is_not_there_is_a_state_with_a_name(
    kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    kiosk.visits(2)

    kiosk.connect(new_settings(1))  # nobody listens there

    until(lambda: kiosk.fault == "broker_absent", "the fault")
    assert not kiosk.connected
    assert (kiosk.beats[-1].waiting, kiosk.beats[-1].receipt_age_s) == (2, -1.0)


def test_without_a_broker_in_the_settings_rows_wait_and_the_beat_goes_on(
    kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    kiosk.visits(1)

    kiosk.connect(new_settings(1, host=""))

    until(lambda: len(kiosk.beats) >= 2, "two beats")
    assert (kiosk.fault, kiosk.beats[-1].waiting) == ("not_configured", 1)


@pytest.mark.broker
def test_an_outbox_that_cannot_be_read_is_a_state_that_ends_with_its_cause(
    broker: Any, new_collector: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    new_collector(broker)
    visits = kiosk.visits(2)
    kiosk.outbox.close()
    away = kiosk.path.with_name("away.db")
    kiosk.path.rename(away)
    kiosk.path.mkdir()  # no file can be opened here

    kiosk.connect(new_settings(broker.port))
    until(lambda: kiosk.fault == "store", "the fault")
    kiosk.path.rmdir()
    away.rename(kiosk.path)

    until(lambda: kiosk.fault == "" and kiosk.waiting == 0, "the mended outbox")
    assert kiosk.outbox.visit_ids() == visits


@pytest.mark.broker
def test_when_the_loop_has_set_the_database_aside_the_uplink_follows_to_the_new_one(
    broker: Any, new_collector: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    collector = new_collector(broker)
    kiosk.visits(3)
    kiosk.connect(new_settings(broker.port))
    until(lambda: kiosk.waiting == 0, "the first stream")

    kiosk.outbox.close()
    kiosk.path.rename(kiosk.path.with_name("elsewhere.db"))
    for end in ("-wal", "-shm"):
        kiosk.path.with_name(kiosk.path.name + end).unlink(missing_ok=True)
    kiosk.outbox.open()
    visit = kiosk.visit()

    until(lambda: kiosk.waiting == 0, "the second stream")
    began, last = collector.arrived[-2:]
    assert (began.seq, began.data.notice) == (1, "stream_began")
    assert (last.seq, last.id) == (2, visit)
    assert len({event.stream for event in collector.arrived}) == 2


# ---- TLS


class Authority:
    """A throw-away authority that signs what a test needs, for as long as it needs it.

    With key identifiers and usage, without which Python 3.13 trusts no chain, and for addresses: a bare
    system knows no name.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        ends = datetime.now(UTC) + timedelta(days=9)
        begins = datetime.now(UTC) - timedelta(days=9)
        builder = _certificate(self._name, self._name, self._key, begins, ends)
        signed = (
            builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_SIGNS_CERTIFICATES, critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def sign(
        self, name: str, begins: timedelta, ends: timedelta, address: str = "127.0.0.1"
    ) -> tuple[Path, Path]:
        """Certificate and key, valid from and to so long from now."""
        now = datetime.now(UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _certificate(_named(name), self._name, key, now + begins, now + ends)
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        signed = (
            builder.add_extension(names, critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        certificate, key_file = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return certificate, key_file


_SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


DAY = timedelta(days=1)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


def tls_lines(
    authority: Authority,
    begins: timedelta = -DAY,
    ends: timedelta = DAY,
    address: str = "127.0.0.1",
) -> str:
    certificate, key = authority.sign("broker", begins, ends, address)
    return f"""
allow_anonymous false
cafile {authority.file}
certfile {certificate}
keyfile {key}
require_certificate true
use_identity_as_username true
use_username_as_clientid true
listener 0 {authority.file.with_name("collector.sock")}
allow_anonymous true
"""


@pytest.mark.broker
def test_over_tls_with_the_kiosks_certificate_events_go_up(
    new_broker: Any,
    authority: Authority,
    kiosk: Any,
    new_settings: Any,
    until: Callable[..., None],
) -> None:
    broker = new_broker(tls_lines(authority))
    certificate, key = authority.sign("cho-1", -DAY, DAY)
    kiosk.visits(2)

    kiosk.connect(
        new_settings(
            broker.port,
            host="127.0.0.1",
            ca_file=authority.file,
            certificate_file=certificate,
            key_file=key,
        )
    )

    until(lambda: kiosk.connected, "the handshake and the subscription")
    until(lambda: kiosk.fault == "no_listener", "an answer to an event")
    assert kiosk.waiting == 2


@pytest.mark.broker
@pytest.mark.parametrize(
    ("begins", "ends", "fault"),
    [(-2 * DAY, -DAY, "certificate_expired"), (DAY, 2 * DAY, "clock")],
)
def test_a_certificate_out_of_its_time_is_named_for_what_it_is(
    new_broker: Any,
    authority: Authority,
    kiosk: Any,
    new_settings: Any,
    until: Callable[..., None],
    begins: timedelta,
    ends: timedelta,
    fault: str,
) -> None:
    broker = new_broker(tls_lines(authority))
    certificate, key = authority.sign("cho-1", begins, ends)

    kiosk.connect(
        new_settings(
            broker.port,
            host="127.0.0.1",
            ca_file=authority.file,
            certificate_file=certificate,
            key_file=key,
        )
    )

    until(lambda: kiosk.fault == fault, fault)
    assert not kiosk.connected


@pytest.mark.broker
def test_a_certificate_of_another_authority_is_refused_by_the_broker(
    new_broker: Any,
    authority: Authority,
    kiosk: Any,
    new_settings: Any,
    until: Callable[..., None],
    tmp_path: Path,
) -> None:
    broker = new_broker(tls_lines(authority))
    certificate, key = Authority(tmp_path, "another").sign("cho-1", -DAY, DAY)

    kiosk.connect(
        new_settings(
            broker.port,
            host="127.0.0.1",
            ca_file=authority.file,
            certificate_file=certificate,
            key_file=key,
        )
    )

    until(lambda: kiosk.fault == "certificate_refused", "the refusal")


@pytest.mark.broker
@pytest.mark.parametrize(
    ("begins", "ends", "address", "fault"),
    [
        (-2 * DAY, -DAY, "127.0.0.1", "broker_certificate"),
        (DAY, 2 * DAY, "127.0.0.1", "clock"),
        (-DAY, DAY, "127.0.0.9", "broker_certificate"),  # not its name
    ],
)
def test_a_broker_whose_certificate_does_not_hold_is_not_spoken_to(
    new_broker: Any,
    authority: Authority,
    kiosk: Any,
    new_settings: Any,
    until: Callable[..., None],
    begins: timedelta,
    ends: timedelta,
    address: str,
    fault: str,
) -> None:
    broker = new_broker(tls_lines(authority, begins, ends, address))
    certificate, key = authority.sign("cho-1", -DAY, DAY)

    kiosk.connect(
        new_settings(
            broker.port,
            host="127.0.0.1",
            ca_file=authority.file,
            certificate_file=certificate,
            key_file=key,
        )
    )

    until(lambda: kiosk.fault == fault, fault)


def test_a_certificate_that_is_not_there_is_named(
    kiosk: Any, new_settings: Any, until: Callable[..., None], tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere.pem"

    kiosk.connect(new_settings(1, ca_file=nowhere, certificate_file=nowhere, key_file=nowhere))

    until(lambda: kiosk.fault == "certificate_missing", "the fault")


@pytest.mark.broker
def test_health_carries_the_end_of_the_stream_sworn_to_by_the_device(
    broker: Any,
    new_collector: Any,
    kiosk: Any,
    new_settings: Any,
    authority: Authority,
    until: Callable[..., None],
) -> None:
    certificate, key = authority.sign("cho-1", -DAY, DAY)
    collector = new_collector(broker)
    kiosk.visits(3)

    kiosk.connect(new_settings(broker.port, certificate_file=certificate, key_file=key))

    def told() -> list[bytes]:
        return [o[1] for o in list(collector.others) if o[0] == "entrance/v1/cho-1/health"]

    until(lambda: told() and len(collector.arrived) == 3, "health and the events")
    figures = health.decode(told()[-1])
    head = figures.head
    assert head is not None
    assert (head.seq, head.hash) == (3, collector.chains[2])
    device = x509.load_der_x509_certificate(head.certificate).public_key()
    assert isinstance(device, ec.EllipticCurvePublicKey)
    statement = health.head_statement("cho-1", figures.stream, 3, head.hash, figures.at)
    device.verify(head.signature, statement, ec.ECDSA(hashes.SHA256()))
