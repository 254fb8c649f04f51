"""Keys on disk: PEM, PKCS #8, private halves for their owner alone."""

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

from collector.errors import CollectorError
from kiosk.durable_file import write_whole


def write_private(path: Path, key: PrivateKeyTypes, passphrase: bytes = b"") -> None:
    """Under `passphrase` when there is one."""
    encryption: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption()
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
    write_whole(path, pem, 0o600)


def write_public(path: Path, key: PublicKeyTypes) -> None:
    pem = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    write_whole(path, pem, 0o644)


def read_signing_key(path: Path, what: str, remedy: str) -> Ed25519PrivateKey:
    """`what` it is, and the `remedy` when it is not there, are for the message of the CollectorError that is raised."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except FileNotFoundError as error:
        raise CollectorError(f"{path.parent} holds no {what}: {remedy}") from error
    except (TypeError, ValueError) as error:
        raise CollectorError(f"{path} is damaged: restore its folder") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CollectorError(f"{path} is not the key of an authority made here")
    return key
