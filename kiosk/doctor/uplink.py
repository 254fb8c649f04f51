"""Whether what is stored gets through to the collector."""

import os
import socket
from datetime import UTC, datetime, timedelta

from cryptography import x509

from kiosk.config import Config
from kiosk.doctor.finding import Finding, fault, ok, warning

_WITHIN_S = 3.0
_RENEW_BEFORE = timedelta(days=21)


def broker(config: Config, status: dict[str, object] | None) -> Finding:
    """By the word of the running uplink if there is one, by a connection that says nothing otherwise."""
    uplink = config.uplink
    if not uplink.host:
        return warning("broker", "none is set: visits wait in the outbox", "set uplink.host")
    wrong = _files(config)
    if wrong is not None:
        return wrong
    where = f"{uplink.host}:{uplink.port}"
    told = _told(status)
    state = str((status or {}).get("uplink", "silent"))
    if state == "connected":
        return ok("broker", f"{where} is connected, {told}")
    if state not in ("silent", "offline", "broker_absent"):
        return warning("broker", f"{where}: {state}, {told}", "docs/operations.md names what to do")
    try:
        socket.create_connection((uplink.host, uplink.port), _WITHIN_S).close()
    except OSError as error:
        reason = error.strerror or "no answer"
        remedy = "check the network; nothing is lost meanwhile"
        return warning("broker", f"{where} is not reached ({reason}), {told}", remedy)
    return ok("broker", f"{where} answers, {told}")


def _told(status: dict[str, object] | None) -> str:
    if status is None:
        return "the last receipt is not known"
    age_s = status.get("receipt_age_s")
    last = f"{age_s} s ago" if isinstance(age_s, int) and age_s >= 0 else "none since the start"
    return f"{status.get('waiting', 0)} waiting, last receipt: {last}"


def _files(config: Config) -> Finding | None:
    uplink = config.uplink
    for file in (uplink.ca_file, uplink.certificate_file, uplink.key_file):
        if not os.access(file, os.F_OK):
            remedy = "enrol this kiosk, or ask as its own user"
            return fault("broker", f"{file} is not there, or not to be seen", remedy)
    try:
        certificate = x509.load_pem_x509_certificate(uplink.certificate_file.read_bytes())
    except PermissionError:
        return None  # whoever asks is not the uplink's user
    except (OSError, ValueError):
        return fault("broker", f"{uplink.certificate_file} is no certificate", "enrol this kiosk")
    ends = certificate.not_valid_after_utc
    if ends < datetime.now(UTC):
        return fault("broker", f"the certificate ended {ends:%Y-%m-%d}", "enrol this kiosk anew")
    if ends < datetime.now(UTC) + _RENEW_BEFORE:
        return warning("broker", f"the certificate ends {ends:%Y-%m-%d}", "enrol this kiosk anew")
    return None
