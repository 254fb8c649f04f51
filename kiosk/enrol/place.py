"""Where on the disk it lies what a kiosk was given: one folder, and the link `enrolled` that names it.

    STATE/enrolment-XXXX/   kiosk.key kiosk.pem ca.pem authority.pub site.toml documents/
    STATE/enrolled          -> enrolment-XXXX

XXXX comes from the token, so that an attempt which was cut short goes on with the key it had made: the collector gives
the same answer to the same token and key, and to no other. The link is set last, by one rename, after all the rest is
on the disk. A power cut at any moment leaves a kiosk that has joined, or one that has not.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.durable_file import write_whole
from kiosk.wire.enrolment_answer import Enrolled

LINK = "enrolled"
KEY, CERTIFICATE, AUTHORITY, SIGNING, SITE = (
    "kiosk.key",
    "kiosk.pem",
    "ca.pem",
    "authority.pub",
    "site.toml",
)
DOCUMENTS = "documents"
_PREFIX = "enrolment-"


class Place:
    """Of one attempt. Every method may raise OSError; then the kiosk is what it was before."""

    def __init__(self, state_dir: Path, token: bytes) -> None:
        self._state_dir = state_dir
        self._folder = state_dir / f"{_PREFIX}{hashlib.sha256(token).hexdigest()[:16]}"

    def key(self) -> ec.EllipticCurvePrivateKey:
        """The key of this attempt, made once, for its owner and the uplink (their group), and on the disk before
        anybody hears of it."""
        path = self._folder / KEY
        try:
            made = serialization.load_pem_private_key(path.read_bytes(), None)
            if isinstance(made, ec.EllipticCurvePrivateKey):
                return made
        except (FileNotFoundError, ValueError):
            pass
        _share(self._folder)
        fresh = ec.generate_private_key(ec.SECP256R1())
        pem = fresh.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_whole(path, pem, 0o640)
        _sync(self._state_dir)
        return fresh

    def keep(self, enrolled: Enrolled, address: str) -> None:
        """All that was given, and then the link. What earlier attempts have left is thrown away."""
        for name, text in (
            (CERTIFICATE, enrolled.certificate),
            (AUTHORITY, enrolled.authority),
            (SIGNING, enrolled.signing_key),
            (SITE, _site(enrolled, address)),
        ):
            write_whole(self._folder / name, text.encode(), 0o644)
        _share(self._folder / DOCUMENTS)
        for kind, payload in enrolled.documents.items():
            write_whole(self._folder / DOCUMENTS / f"{kind}.json", payload)
        _sync(self._folder)
        beside = self._state_dir / f".{LINK}.new"
        beside.unlink(missing_ok=True)
        beside.symlink_to(self._folder.name)
        beside.replace(self._state_dir / LINK)
        _sync(self._state_dir)
        _forget(self._state_dir, but=self._folder.name)


def forget(state_dir: Path) -> None:
    """Not joined any more: the link first, then key and certificate."""
    (state_dir / LINK).unlink(missing_ok=True)
    _sync(state_dir)
    _forget(state_dir, but="")


def _forget(state_dir: Path, but: str) -> None:
    for folder in state_dir.glob(f"{_PREFIX}*"):
        if folder.name != but:
            shutil.rmtree(folder, ignore_errors=True)


def _site(enrolled: Enrolled, address: str) -> str:
    """Settings that stand over those of the kiosk's own file. JSON's quoted texts are TOML's too."""
    tables: dict[str, dict[str, str | int]] = {
        "kiosk": {
            "id": enrolled.kiosk,
            "venue_name": enrolled.venue_name,
            "documents_dir": DOCUMENTS,
        },
        "enrolment": {"address": address},
        "authority": {"key_file": SIGNING},
        "uplink": {
            "host": enrolled.broker.host,
            "port": enrolled.broker.port,
            "ca_file": AUTHORITY,
            "certificate_file": CERTIFICATE,
            "key_file": KEY,
        },
    }
    if enrolled.tags.host:
        tables["tags"] = {"host": enrolled.tags.host, "port": enrolled.tags.port}
    lines = ["# written when this kiosk joined: what stands here counts more than kiosk.toml"]
    for table, values in tables.items():
        lines += ["", f"[{table}]"]
        lines += [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def _share(folder: Path) -> None:
    """Made, and the group's too, whoever makes it: the uplink keeps documents and certificate fresh as another user."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o2770)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
