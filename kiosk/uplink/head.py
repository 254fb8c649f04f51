"""The device's oath on the end of its stream: signed with the key of its certificate, once a minute, in its health.

What the collector has been shown under this oath cannot be un-said: a row that is later missing or another one is a
row that was taken out or changed here.
"""

import logging
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from kiosk.store.outbox import Head
from kiosk.uplink.settings import UplinkSettings
from kiosk.wire.health import ChainHead, head_statement

log = logging.getLogger(__name__)


def sworn(settings: UplinkSettings, head: Head, at: datetime) -> ChainHead | None:
    """None when this device has no certificate or no key to it; both are read anew, as they are renewed."""
    if settings.certificate_file is None or settings.key_file is None:
        return None
    try:
        certificate = x509.load_pem_x509_certificate(settings.certificate_file.read_bytes())
        key = load_pem_private_key(settings.key_file.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        log.warning("the end of the stream goes unsigned: %s", type(error).__name__)
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        log.warning("the end of the stream goes unsigned: the key is none on an elliptic curve")
        return None
    statement = head_statement(settings.kiosk, head.stream, head.seq, head.hash, at)
    return ChainHead(
        seq=head.seq,
        hash=head.hash,
        signature=key.sign(statement, ec.ECDSA(hashes.SHA256())),
        certificate=certificate.public_bytes(Encoding.DER),
    )
