"""The certificate renews itself at half its life: the same key, a new certificate in place of the old one, by one
rename. A collector that cannot be reached is asked again, for the other half of its life."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kiosk.durable_file import write_whole
from kiosk.enrol.collector import renewed
from kiosk.enrol.requests import csr_of, is_for
from kiosk.enrol.trouble import NotJoined, Trouble

log = logging.getLogger(__name__)

EVERY_S = 3600.0
# as collector.authority backdates: this much of a certificate's life had passed when it was made
BACKDATED = timedelta(days=2)


class Renewal:
    """Of the certificate in one folder. `turn` does what is due."""

    def __init__(
        self,
        address: str,
        ca_file: Path,
        certificate_file: Path,
        key_file: Path,
        now: Callable[[], datetime],
    ) -> None:
        self._address = address
        self._ca_file = ca_file
        self._certificate_file = certificate_file
        self._key_file = key_file
        self._now = now

    def due_at(self) -> datetime:
        """Half of its life from when it was made. Raise NotJoined(storage) when it cannot be read."""
        certificate = self._certificate()
        made_at = certificate.not_valid_before_utc + BACKDATED
        return made_at + (certificate.not_valid_after_utc - made_at) / 2

    def turn(self, *, at_once: bool = False) -> bool:
        """Whether there is a new certificate. Raise NotJoined; the old one stands then."""
        if not at_once and self._now() < self.due_at():
            return False
        key, name = self._key(), self._name()
        pem = renewed(
            self._address,
            csr_of(key, name),
            self._ca_file,
            self._certificate_file,
            self._key_file,
        )
        if not is_for(pem, key, name):
            raise NotJoined(Trouble.NOT_READY, "a certificate that was not asked for")
        try:
            write_whole(self._certificate_file, pem.encode(), 0o644)
        except OSError as error:
            raise NotJoined(Trouble.STORAGE, error.strerror or "") from error
        return True

    def _name(self) -> str:
        names = self._certificate().subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else ""

    def _certificate(self) -> x509.Certificate:
        try:
            return x509.load_pem_x509_certificate(self._certificate_file.read_bytes())
        except (OSError, ValueError) as error:
            raise NotJoined(Trouble.STORAGE, f"{self._certificate_file}") from error

    def _key(self) -> ec.EllipticCurvePrivateKey:
        try:
            key = serialization.load_pem_private_key(self._key_file.read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            raise NotJoined(Trouble.STORAGE, f"{self._key_file}") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise NotJoined(Trouble.STORAGE, f"{self._key_file}")
        return key


class Renewing:
    """Takes a turn every `every_s` seconds in a thread of its own: nobody waits for it."""

    def __init__(self, renewal: Renewal, every_s: float = EVERY_S) -> None:
        self._renewal = renewal
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="renewal", daemon=True)

    def open(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if self._renewal.turn():
                    log.info("the certificate has been renewed")
            except NotJoined as error:
                log.warning("the certificate is not renewed: %s", error)
            self._stop.wait(self._every_s)
