"""How many days the certificate of the uplink still counts: for staff, who can do something about it in time."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

LOOK_S = 3600.0


class CertificateDays:
    """Whole days, less than 0 when it has ended; None when there is none that this user may see. Read once an hour."""

    def __init__(self, file: Path, now_s: Callable[[], float]) -> None:
        self._file = file
        self._now_s = now_s
        self._looked_s = float("-inf")
        self._ends: datetime | None = None

    def __call__(self) -> int | None:
        if self._now_s() - self._looked_s > LOOK_S:
            self._looked_s = self._now_s()
            self._ends = self._read()
        return None if self._ends is None else (self._ends - datetime.now(UTC)).days

    def _read(self) -> datetime | None:
        try:
            certificate = x509.load_pem_x509_certificate(self._file.read_bytes())
        except (OSError, ValueError):
            return None
        return certificate.not_valid_after_utc
