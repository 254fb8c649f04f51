"""The kiosk's certificate: mutual TLS, and saying why it does not work.

A refused client certificate shows under TLS 1.3 only as a connection that ends, after it seemed to stand. So the kiosk
looks at the dates of its own certificate itself.
"""

import ssl
from datetime import datetime

from cryptography import x509

from kiosk.uplink.faults import Fault
from kiosk.uplink.settings import UplinkSettings


class _Socket(ssl.SSLSocket):
    """paho leaves a socket open when its handshake fails."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def context_for(settings: UplinkSettings) -> ssl.SSLContext | None:
    """None for clear text. Raise OSError or ssl.SSLError when a file is missing or is no certificate."""
    if settings.ca_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(settings.ca_file))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _Socket
    if settings.certificate_file is not None:
        context.load_cert_chain(settings.certificate_file, settings.key_file)
    return context


def fault_of_own_certificate(settings: UplinkSettings, now: datetime) -> Fault:
    """Whether the kiosk's own certificate can be read and is valid now."""
    if settings.ca_file is None or settings.certificate_file is None:
        return Fault.NONE
    try:
        certificate = x509.load_pem_x509_certificate(settings.certificate_file.read_bytes())
    except (OSError, ValueError):
        return Fault.CERTIFICATE_MISSING
    if now < certificate.not_valid_before_utc:
        return Fault.CLOCK
    return Fault.CERTIFICATE_EXPIRED if now > certificate.not_valid_after_utc else Fault.NONE
