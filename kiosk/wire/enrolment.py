"""The code by which a technician's phone tells a new kiosk where it belongs: shown by the registry, read by the kiosk.

`VE1:` + base45 of: version (1 byte), when it ends (4, seconds since 1970), the authority's fingerprint (32, SHA-256 of
its certificate in DER), the token (16), texts each after its length (1 byte): the collector's address, venue, kiosk,
and in version 2 also the name and passphrase of a Wi-Fi network; the signer's Ed25519 public key (32); its signature
(64) over `entrance/v1/enrolment`, a NUL and all before it.

The key comes with the code, so the signature shows that the code is whole and unchanged, not who made it: for that the
kiosk compares the fingerprint with what the collector shows it, and people compare the check words.
"""

import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime

import base45
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.wire.errors import Refusal, WireError

PREFIX = "VE1:"
MAX_CHARACTERS = 600
FINGERPRINT_BYTES, TOKEN_BYTES = 32, 16
_PLAIN, _WITH_WIFI = 1, 2
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64
_HEAD = struct.Struct(f">BI{FINGERPRINT_BYTES}s{TOKEN_BYTES}s")
_TEXTS = {_PLAIN: 3, _WITH_WIFI: 5}
# IEEE 802.11: a name of 1 to 32 bytes; WPA passphrases have 8 to 63 characters, none on an open network
_WIFI_NAME, _WIFI_PASSPHRASES = range(1, 33), (0, *range(8, 64))
_PURPOSE = b"entrance/v1/enrolment\0"


@dataclass(frozen=True, slots=True)
class Wifi:
    """An empty passphrase is that of an open network."""

    name: str
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """`address` is the collector's, `https://...`; the token is a secret until it is used."""

    address: str
    venue: str
    kiosk: str
    fingerprint: bytes
    expires_at: datetime
    token: bytes = field(repr=False)
    wifi: Wifi | None = None


def encode(code: EnrolmentCode, key: Ed25519PrivateKey) -> str:
    """Raise WireError(too_large) when it would not be read by a kiosk's camera, or a text is longer than it may be."""
    seconds = int(code.expires_at.timestamp())
    said = [code.address, code.venue, code.kiosk]
    if code.wifi is not None:
        _check_wifi(code.wifi)
        said += [code.wifi.name, code.wifi.passphrase]
    version = _PLAIN if code.wifi is None else _WITH_WIFI
    head = _HEAD.pack(version, seconds, code.fingerprint, code.token)
    texts = [text.encode("utf-8") for text in said]
    if max(map(len, texts)) > 255:
        raise WireError(Refusal.TOO_LARGE)
    body = head + b"".join(bytes([len(text)]) + text for text in texts)
    body += key.public_key().public_bytes_raw()
    text = PREFIX + str(base45.b45encode(body + key.sign(_PURPOSE + body)), "ascii")
    if len(text) > MAX_CHARACTERS:
        raise WireError(Refusal.TOO_LARGE)
    return text


def decode(text: str) -> EnrolmentCode:
    """Raise WireError and nothing else. Whether it is over is for the caller to say, by a clock it trusts."""
    if len(text) > MAX_CHARACTERS:
        raise WireError(Refusal.TOO_LARGE)
    if not text.startswith(PREFIX):
        raise WireError(Refusal.BAD_DATA)
    try:
        whole = base45.b45decode(text.removeprefix(PREFIX))
    except ValueError:
        raise WireError(Refusal.BAD_DATA) from None
    body, signature = whole[:-_SIGNATURE_BYTES], whole[-_SIGNATURE_BYTES:]
    if len(body) < _HEAD.size + _TEXTS[_PLAIN] + _KEY_BYTES:
        raise WireError(Refusal.BAD_DATA)
    try:
        public = Ed25519PublicKey.from_public_bytes(body[-_KEY_BYTES:])
        public.verify(signature, _PURPOSE + body)
    except (ValueError, InvalidSignature):
        raise WireError(Refusal.BAD_SIGNATURE) from None
    version, seconds, fingerprint, token = _HEAD.unpack_from(body)
    if version not in _TEXTS:
        raise WireError(Refusal.BAD_VERSION)
    address, venue, kiosk, *network = _texts(body[_HEAD.size : -_KEY_BYTES], _TEXTS[version])
    expires_at = datetime.fromtimestamp(seconds, UTC)
    wifi = Wifi(*network) if network else None
    if wifi is not None:
        _check_wifi(wifi)
    return EnrolmentCode(address, venue, kiosk, fingerprint, expires_at, token, wifi)


def _check_wifi(wifi: Wifi) -> None:
    if len(wifi.name.encode()) not in _WIFI_NAME or len(wifi.passphrase) not in _WIFI_PASSPHRASES:
        raise WireError(Refusal.BAD_DATA, "wifi")


def _texts(part: bytes, count: int) -> list[str]:
    found = []
    for _ in range(count):
        length = part[0] if part else 0
        text, part = part[1 : 1 + length], part[1 + length :]
        try:
            found.append(text.decode("utf-8"))
        except UnicodeDecodeError:
            raise WireError(Refusal.BAD_TEXT) from None
        if len(text) != length or not found[-1].isprintable():
            raise WireError(Refusal.BAD_TEXT)
    if part:
        raise WireError(Refusal.BAD_DATA)
    return found
