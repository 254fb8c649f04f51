"""The authority for passes, and the keys that it lends to kiosks: one folder with an Ed25519 key and a certificate.

It is another one than the authority of the connections: a key that is lent for three days to a kiosk at a market must
not be near the one that opens the broker.
"""

import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from collector.authority import AUTHORITY_VALID, BACKDATED
from collector.errors import CollectorError
from collector.pem import read_signing_key, write_private
from kiosk.credentials import pass_issuers
from kiosk.durable_file import write_whole

KEY, CERTIFICATE = "passes.key", "passes.pem"
MAX_HOURS = pass_issuers.MAX_DELEGATION / dt.timedelta(hours=1)
LENT_KEY, DELEGATION = "pass.key", "pass.delegation"


def create(folder: Path) -> None:
    """A new authority for passes. Raise CollectorError when there is one already: it is never overwritten."""
    if (folder / KEY).exists():
        raise CollectorError(f"{folder} holds an authority for passes already: choose another")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    now = dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Venue kiosk passes")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + AUTHORITY_VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, None)
    )
    write_private(folder / KEY, key)
    write_whole(folder / CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def delegate(folder: Path, venue: str, out: Path, hours: float) -> dt.datetime:
    """`pass.key`, `pass.delegation` and the authority's `passes.pem` in `out`; when the delegation ends.

    Files of an earlier delegation are replaced. Raise CollectorError when there is no authority, the venue has no name
    or the time is longer than 72 hours.
    """
    if not 0 < hours <= MAX_HOURS:  # neither is what is no number
        raise CollectorError(f"a delegation lasts {MAX_HOURS:.0f} hours at most")
    authority_key = _load(folder)
    kiosk_key = Ed25519PrivateKey.generate()
    now = dt.datetime.now(dt.UTC)
    ends = now + dt.timedelta(hours=hours)
    try:
        delegation = pass_issuers.delegate(
            authority_key, kiosk_key.public_key(), venue=venue, not_before=now, not_after=ends
        )
    except pass_issuers.BadDelegation as error:
        raise CollectorError(str(error)) from error
    certificate = (folder / CERTIFICATE).read_bytes()
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(out / LENT_KEY, kiosk_key)
    write_whole(out / DELEGATION, delegation, 0o644)
    write_whole(out / CERTIFICATE, certificate, 0o644)
    return ends


def _load(folder: Path) -> Ed25519PrivateKey:
    remedy = f"`collector passes authority --dir {folder}`"
    return read_signing_key(folder / KEY, "authority for passes", remedy)
