"""A new key in the place of an old one, for those kinds that may change while all goes on."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector import keys
from collector.cases.bundle import release_key
from collector.errors import CollectorError
from collector.keys import KeyKind
from collector.pem import write_private


@dataclass(frozen=True, slots=True)
class Rotated:
    """`old` are the ids that are to be retired when all kiosks know the new one; `then` says what else to do."""

    new: str
    old: tuple[str, ...]
    then: str


def rotate_published(folder: Path, kind: KeyKind, now: datetime) -> Rotated:
    """The old ones stay until they are retired. Raise CollectorError when there is none to take over from."""
    old = tuple(keys.published_ids(folder, kind))
    if not old:
        raise CollectorError(f"{folder} has no {kind} key yet: `collector keys new {kind}`")
    new = keys.new(folder, kind, now)
    return Rotated(new, old, "publish; when all kiosks have been online since, retire the old one")


def rotate_release(path: Path, now: datetime) -> Rotated:
    """The old private half is destroyed; its public half stays for bundles that are out."""
    old = _kept_public(path, now)
    path.unlink(missing_ok=True)
    release_key(path)
    told = f"officers fetch release.pub anew; bundles taken before open with {old}" if old else ""
    return Rotated(path.name, (), told)


def rotate_enrolment(path: Path) -> Rotated:
    """Codes that were shown before are worth nothing: they count for 15 minutes anyway."""
    write_private(path, Ed25519PrivateKey.generate())
    return Rotated(path.name, (), "codes shown before are worth nothing: show kiosks new ones")


def _kept_public(path: Path, now: datetime) -> str:
    public = path.with_suffix(".pub")
    if not public.exists():
        return ""
    kept = path.with_name(f"{path.stem}-until-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.pub")
    public.rename(kept)
    return kept.name
