"""A province with one market, to which new kiosks come: real broker, registry, keys and endpoint, in one folder.

For tests, and for the count of what a technician does (`python -m bench.enrolment`).
"""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collector import authority, broker, config, documents, keys
from collector.audit.sqlite_audit import AuditLog
from collector.enrolment.process import EnrolmentProcess
from collector.registry import enrolment
from collector.registry.shapes import (
    Organisation,
    OrganisationKind,
    RegisteredKiosk,
    Venue,
    VenueType,
)
from collector.registry.sqlite_registry import SqliteRegistry
from kiosk.errors import KioskError
from kiosk.wire.documents import DocumentKind
from kiosk.wire.enrolment import Wifi

KIOSK = "cho-mau-1"
STARTS_WITHIN_S = 15.0


@dataclass
class Province:
    """`settings` is the collector's TOML; `broker_port` and `port` are those of the broker and the endpoint."""

    root: Path
    broker_port: int
    port: int
    days: float = 365.0
    per_minute: float = 10_000.0

    @property
    def settings(self) -> Path:
        return self.root / "collector.toml"

    @property
    def registry(self) -> SqliteRegistry:
        return SqliteRegistry(self.root / "registry.db")

    @property
    def audit(self) -> AuditLog:
        return AuditLog(self.root / "audit.db")

    def code(self, kiosk: str = KIOSK, wifi: Wifi | None = None, at: datetime | None = None) -> str:
        """As the registry's page shows it."""
        registered = self.registry.kiosk(kiosk)
        if registered is None:
            raise KioskError(f"{kiosk} is not registered")
        site = enrolment.site(config.load(self.settings))
        return enrolment.permit(self.registry, registered, site, at or datetime.now(UTC), wifi).text

    def lay_out(self) -> None:
        root, now = self.root, datetime.now(UTC)
        authority.create(root / "authority")
        authority.create_issuer(root / "enrolment")
        issuer = root / "enrolment" / f"{authority.ISSUER}.pem"
        broker.set_up(
            root / "authority", root / "broker", self.broker_port, "collector", [], issuer
        )
        for suffix in ("pem", "key"):
            shutil.copy(root / f"broker/broker-admin.{suffix}", root / "enrolment")
        authority.issue(root / "authority", "collector", root / "tls")
        authority.issue(root / "authority", "devices", root / "tls", ["127.0.0.1"])
        for kind in keys.KeyKind:
            passphrase = b"a dozen lotus ponds" if kind is keys.KeyKind.TRACING else b""
            keys.new(root / "keys", kind, now, passphrase)
        next((root / "keys").glob("tracing-*.key")).unlink()  # it stays with the officer
        keys.new_pseudonym_key(root / "keys")
        signing = authority.signing_key(root / "authority")
        for document, body in (
            (DocumentKind.KEYS, keys.public_keys(root / "keys").body()),
            (DocumentKind.POLICY, {"declaration_valid_h": 12}),
        ):
            documents.put(root / "documents", signing, document, body, now)
        self.registry.put(
            [Organisation("so-y-te", "Sở Y tế", OrganisationKind.DEPARTMENT)],
            [Venue("cho-mau", "Chợ Mẫu", VenueType.MARKET, "so-y-te", "29242", "Trà Vinh")],
            [RegisteredKiosk(KIOSK, "cho-mau"), RegisteredKiosk("cho-mau-2", "cho-mau")],
        )
        self.write_settings()

    def write_settings(self) -> None:
        self.settings.write_text(self._toml(), encoding="utf-8")

    def endpoint(self) -> EnrolmentProcess:
        return EnrolmentProcess(config.load(self.settings))

    @contextmanager
    def mosquitto(self) -> Iterator[None]:
        """Raise KioskError when it is not installed, or does not start."""
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
        if program is None:
            raise KioskError("mosquitto is not installed")
        with (self.root / "mosquitto.log").open("ab") as log:
            process = subprocess.Popen(
                [program, "-c", self.root / "broker/mosquitto.conf"], stdout=log, stderr=log
            )
        try:
            _wait_for(self.broker_port)
            yield
        finally:
            process.terminate()
            process.wait(STARTS_WITHIN_S)

    def _toml(self) -> str:
        return f"""\
[ledger]
file = "ledger.db"
[broker]
port = {self.broker_port}
ca_file = "tls/ca.pem"
certificate_file = "tls/collector.pem"
key_file = "tls/collector.key"
[inbox]
keys_folder = "keys"
state_file = "inbox.json"
people_socket = "people.sock"
[documents]
folder = "documents"
[registry]
file = "registry.db"
enrolment_key_file = "enrolment.key"
[access]
file = "access.db"
[audit]
file = "audit.db"
[office]
port = 0
open_here = true
[portal]
uplink_certificate_file = "none.pem"
[devices]
tags_file = "tags.db"
[enrolment]
address = "https://127.0.0.1:{self.port}"
port = {self.port}
certificate_file = "tls/devices.pem"
key_file = "tls/devices.key"
issuer_folder = "enrolment"
admin_certificate_file = "enrolment/broker-admin.pem"
admin_key_file = "enrolment/broker-admin.key"
authority_key_file = "tls/authority.pub"
certificate_days = {self.days}
address_per_minute = {self.per_minute}
total_per_minute = 100000.0
"""


def _wait_for(port: int) -> None:
    deadline_s = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise KioskError(f"mosquitto does not listen on {port}")
