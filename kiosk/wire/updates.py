"""Releases of the program for the kiosks: what is signed before one, and what the document `update` says of them.

A bundle is one line, the signed envelope of a `Release`, and after it a tar (collector/releases.py makes it). Whoever
takes it looks at the signature and the hash of the tar before anything of it is unpacked.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.wire import signed, strict_json
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.rfc3339 import time_text
from kiosk.wire.signed import Purpose

PATH = "/v1/updates/"  # and the name of a file, at the address where tags are fetched
NAME = re.compile(r"\d{1,4}(\.\d{1,4}){0,3}-[0-9a-f]{12}")
FILE = re.compile(r"[a-z0-9][a-z0-9._-]{0,120}\.bundle")
MAX_LINE_BYTES = 8_192
_WORD = re.compile(r"[a-z0-9_]{1,20}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_OFFERS = 20


@dataclass(frozen=True, slots=True)
class Release:
    """`python` and `machine` as in the tags of wheels and in uname: `cp313`, `aarch64`."""

    name: str  # version and the first 12 digits of a hash over the source, as the folder on a kiosk is called
    built_at: datetime  # of the source, UTC
    python: str
    machine: str
    sha256: str  # of the tar
    size: int  # of the tar, bytes

    @property
    def version(self) -> tuple[int, ...]:
        return version_of(self.name)


@dataclass(frozen=True, slots=True)
class Offer:
    """One bundle that lies ready to be fetched; `sha256` and `size` are those of the whole file."""

    name: str
    python: str
    machine: str
    file: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Rollout:
    """What the document `update` says: for which share of the kiosks the time has come."""

    share_percent: float
    offers: tuple[Offer, ...]

    def offer_for(self, kiosk: str, python: str, machine: str) -> Offer | None:
        """None where there is nothing for such a machine, or its time has not come."""
        for offer in self.offers:
            if (offer.python, offer.machine) == (python, machine):
                return offer if place_of(kiosk, offer.name) < self.share_percent else None
        return None


def place_of(kiosk: str, release: str) -> float:
    """Where a kiosk stands in the order of this release, 0 to 100: another order for each, so that it is not always
    the same doors that try a release first. A share that grows takes in more and drops nobody."""
    digest = hashlib.sha256(f"{release}\0{kiosk}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48 * 100


def version_of(name: str) -> tuple[int, ...]:
    return tuple(map(int, name.partition("-")[0].split(".")))


def sign(release: Release, key: Ed25519PrivateKey) -> bytes:
    """The first line of a bundle, without its end. Raise WireError for a release that `verified` would refuse."""
    message = {
        "name": release.name,
        "built": time_text(release.built_at),
        "python": release.python,
        "machine": release.machine,
        "sha256": release.sha256,
        "size": release.size,
    }
    _parse(message)
    return signed.sign(strict_json.dumps(message), Purpose.UPDATE, key)


def verified(line: bytes, keys: Mapping[str, Ed25519PublicKey]) -> Release:
    """Raise WireError, and nothing else, for what no key of `keys` has signed or what is no release."""
    return _parse(strict_json.loads(signed.verified(line, Purpose.UPDATE, keys)))


def unchecked(line: bytes) -> Release:
    """Of a line that was verified before, and lies where only root writes. Raise WireError when it is none."""
    envelope = strict_json.loads(line)
    text = strict_json.text_of(envelope, "signed", Refusal.BAD_DATA, MAX_LINE_BYTES)
    return _parse(strict_json.loads(text.encode("utf-8")))


def rollout_body(rollout: Rollout) -> dict[str, Any]:
    offers = [
        {name: getattr(offer, name) for name in Offer.__dataclass_fields__}
        for offer in rollout.offers
    ]
    return {"share_percent": rollout.share_percent, "releases": offers}


def rollout_of(body: Mapping[str, Any]) -> Rollout:
    """Raise WireError(bad_data)."""
    share = strict_json.number_of(body, "share_percent", Refusal.BAD_DATA)
    offers = body.get("releases")
    if not 0 <= share <= 100:
        raise WireError(Refusal.BAD_DATA, "share_percent")
    if not isinstance(offers, list) or len(offers) > _MAX_OFFERS:
        raise WireError(Refusal.BAD_DATA, "releases")
    return Rollout(share, tuple(map(_offer, offers)))


def _offer(fields: object) -> Offer:
    if not isinstance(fields, dict):
        raise WireError(Refusal.BAD_DATA, "releases")
    return Offer(
        name=_matching(fields, "name", NAME),
        python=_matching(fields, "python", _WORD),
        machine=_matching(fields, "machine", _WORD),
        file=_matching(fields, "file", FILE),
        sha256=_matching(fields, "sha256", _SHA256),
        size=strict_json.whole_of(fields, "size", Refusal.BAD_DATA, low=1),
    )


def _parse(fields: Mapping[str, Any]) -> Release:
    return Release(
        name=_matching(fields, "name", NAME),
        built_at=strict_json.time_of(fields, "built"),
        python=_matching(fields, "python", _WORD),
        machine=_matching(fields, "machine", _WORD),
        sha256=_matching(fields, "sha256", _SHA256),
        size=strict_json.whole_of(fields, "size", Refusal.BAD_DATA, low=1),
    )


def _matching(fields: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    text = strict_json.text_of(fields, name, Refusal.BAD_DATA)
    if not pattern.fullmatch(text):
        raise WireError(Refusal.BAD_DATA, name)
    return text
