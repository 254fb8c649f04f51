"""The signed documents that came down: the last good one of each kind, as its signed bytes, one file a kind.

Believed is only what the authority has signed, also from the disk: the folder needs no protection. An older document,
or another one of the same version, is refused: whoever holds an old one cannot bring it back.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from kiosk import document_bodies
from kiosk.config import Config
from kiosk.durable_file import write_whole
from kiosk.errors import ConfigError
from kiosk.wire import documents, signed
from kiosk.wire.documents import Document, DocumentKind
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.keys import AuthorityKeys

log = logging.getLogger(__name__)


class Documents:
    """`folder` is made when the first document comes. Used in one thread; another process has one of its own and reads
    again (`read`) what it is told of."""

    def __init__(
        self, folder: Path, kiosk: str, authority: Mapping[str, Ed25519PublicKey] | None = None
    ) -> None:
        self._folder = folder
        self._kiosk = kiosk
        self._authority = authority or {}
        self._held: dict[DocumentKind, tuple[Document, bytes]] = {}
        self.keys = (
            AuthorityKeys()
        )  # whose receipts and commands count; empty before there is a document

    def get(self, kind: DocumentKind) -> Document | None:
        held = self._held.get(kind)
        return held[0] if held is not None else None

    def read(self) -> None:
        """What is on the disk. A file that cannot be believed is left where it is, and not used."""
        for kind in DocumentKind:
            try:
                payload = self._file(kind).read_bytes()
                self._hold(self._checked(kind, payload), payload)
            except FileNotFoundError:
                continue
            except OSError as error:
                log.error("document %s cannot be read: %s", kind, error.strerror)
            except WireError as error:
                log.error("document %s on the disk is not believed: %s", kind, error)

    def take(self, kind: DocumentKind, payload: bytes) -> Document | None:
        """A document has come down for `kind`. None when it is the one that is held already.

        Raise WireError when it is refused; OSError when it cannot be kept: then it is not used either.
        """
        held = self._held.get(kind)
        if held is not None and held[1] == payload:
            return None  # retained: it comes at every connect
        document = self._checked(kind, payload)
        if held is not None and document.version <= held[0].version:
            if document == held[0]:
                return None  # signed once more
            raise WireError(Refusal.BAD_VERSION, "version")
        write_whole(self._file(kind), payload)
        self._hold(document, payload)
        return document

    def ages_h(self, now: datetime) -> dict[str, dict[str, float]]:
        """For staff: version of each document, and the hours since it was issued."""
        return {
            str(kind): {
                "version": document.version,
                "age_h": round((now - document.issued_at).total_seconds() / 3600, 1),
            }
            for kind, (document, _) in sorted(self._held.items())
        }

    def _checked(self, kind: DocumentKind, payload: bytes) -> Document:
        document = documents.verified(payload, self._authority)
        if document.kind is not kind:
            raise WireError(Refusal.BAD_TYPE, "kind")
        if document.kiosk not in ("", self._kiosk):
            raise WireError(Refusal.WRONG_KIOSK, "kiosk")
        document_bodies.check(document)
        return document

    def _hold(self, document: Document, payload: bytes) -> None:
        held = self.get(document.kind)
        if held is not None and document.version < held.version:
            return  # somebody has put an older file there
        self._held[document.kind] = document, payload
        if document.kind is DocumentKind.KEYS:
            self.keys = AuthorityKeys.from_body(document.body)

    def _file(self, kind: DocumentKind) -> Path:
        return self._folder / f"{kind}.json"


def open_documents(config: Config) -> Documents:
    """The documents of this kiosk, as they lie on the disk. Raise ConfigError for a key that is none."""
    documents = Documents(
        config.documents, config.kiosk.id, authority_keys(config.authority.key_file)
    )
    documents.read()
    return documents


def authority_keys(key_file: Path | None) -> dict[str, Ed25519PublicKey]:
    """The public keys of the authority by key id, from a PEM file; none without a file. Raise ConfigError."""
    if key_file is None:
        return {}
    try:
        key = load_pem_public_key(key_file.read_bytes())
    except OSError as error:
        raise ConfigError([f"authority.key_file {key_file}: {error.strerror}"]) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError([f"authority.key_file {key_file}: no public key in PEM"]) from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError([f"authority.key_file {key_file}: not an Ed25519 key"])
    return signed.by_id([key])
