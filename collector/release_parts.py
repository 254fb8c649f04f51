"""The parts of a release, as CycloneDX 1.6: every package in it by name, version, licence and hash.

It is read from the finished tar and not from what was meant to go in, and each package is held against the lock file
that lies in the tar: what nobody has locked is no part of a release.
"""

import email.message
import email.parser
import hashlib
import io
import json
import re
import tarfile
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from collector.errors import CollectorError
from kiosk.durable_file import write_whole

ENDING = ".cdx.json"
# ours is built from this checkout and stands in no lock file
OWN = "venue-kiosk"
_LOCKED = re.compile(r"^([\w.-]+)==([\w.+!-]+)(.*)$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NEEDED = re.compile(r"^([\w.-]+)")
# names in no licence list; whatever is longer is the text of a licence
_MAX_LICENCE = 80
# in which serial numbers of these lists are unlike all others (RFC 9562, version 5)
_SPACE = uuid.UUID("5f0b8c1e-6f1c-5d0a-9c52-0d1f0e7b7a11")


@dataclass(frozen=True, slots=True)
class Locked:
    """A line of the lock file. `always` when no marker leaves it out on some machines."""

    version: str
    hashes: frozenset[str]
    always: bool


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    version: str
    sha256: str
    licence: str
    needs: tuple[str, ...]

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"


def write(tar: Path) -> Path:
    """Beside the tar that build-release has made. Raise CollectorError when a part is not the one that was locked."""
    about, lock, wheels = _content(tar)
    parts = sorted(wheels, key=lambda part: part.name)
    _check(parts, locked(lock))
    path = tar.with_name(tar.name.removesuffix(".tar") + ENDING)
    listed = json.dumps(_listed(about, parts), indent=1, ensure_ascii=False)
    write_whole(path, listed.encode() + b"\n", 0o644)
    return path


def locked(lock: str) -> dict[str, Locked]:
    """What the lock file holds, by name; `lock` as uv writes it."""
    found: dict[str, Locked] = {}
    for entry in re.split(r"(?m)^(?=[\w.-]+==)", lock):
        line = entry.splitlines()[0] if entry else ""
        if told := _LOCKED.match(line.rstrip("\\ ")):
            name, hashes = _plain(told[1]), frozenset(_HASH.findall(entry))
            before = found.get(name)
            if before is not None:  # one version for each Python
                hashes |= before.hashes
            found[name] = Locked(told[2], hashes, ";" not in told[3])
    return found


def _content(tar: Path) -> tuple[Mapping[str, Any], str, list[Part]]:
    try:
        with tarfile.open(tar, "r:") as archive:
            files = {member.name: member for member in archive if member.isfile()}
            about = json.loads(_read(archive, files["about.json"]))
            lock = _read(archive, files["runtime.txt"]).decode()
            wheels = [
                _part(_read(archive, member))
                for name, member in files.items()
                if PurePosixPath(name).suffix == ".whl"
            ]
    except (OSError, tarfile.TarError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise CollectorError(f"{tar} was not made by provisioning/build-release") from error
    return about, lock, wheels


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return file.read() if file is not None else b""


def _part(wheel: bytes) -> Part:
    """By its own METADATA (PyPA, core metadata)."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        told = email.parser.BytesHeaderParser().parsebytes(archive.read(name))
    needs = (
        _NEEDED.match(one) for one in told.get_all("Requires-Dist", []) if "extra ==" not in one
    )
    return Part(
        name=_plain(told["Name"]),
        version=told["Version"],
        sha256=hashlib.sha256(wheel).hexdigest(),
        licence=_licence(told),
        needs=tuple(sorted({_plain(one[1]) for one in needs if one})),
    )


def _licence(told: email.message.Message) -> str:
    if expression := told["License-Expression"]:
        return str(expression)
    own = str(told["License"] or "")
    if own and own != "UNKNOWN" and "\n" not in own and len(own) <= _MAX_LICENCE:
        return own
    classifiers = (str(one).split(" :: ") for one in told.get_all("Classifier", []))
    return next((parts[-1] for parts in classifiers if parts[0] == "License"), "")


def _plain(name: str) -> str:
    """As package indexes compare names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _check(parts: Sequence[Part], lock: Mapping[str, Locked]) -> None:
    here = {part.name for part in parts}
    missing = [name for name, one in lock.items() if one.always and name not in here]
    foreign = [
        part.name
        for part in parts
        if part.name != OWN and (part.name not in lock or part.sha256 not in lock[part.name].hashes)
    ]
    if missing or foreign:
        told = [*(f"{name} is missing" for name in missing)]
        told += [f"{name} is not the one that was locked" for name in foreign]
        raise CollectorError(f"no list of parts: {'; '.join(told)}")


def _listed(about: Mapping[str, Any], parts: Sequence[Part]) -> dict[str, Any]:
    release = f"{about['name']}-{about['python']}-{about['machine']}"
    by_name = {part.name: part for part in parts}
    own = by_name.get(OWN)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SPACE, release)}",
        "version": 1,
        "metadata": {
            "timestamp": about["built"],
            "component": {
                "type": "application",
                "bom-ref": release,
                "name": OWN,
                "version": release,
                "licenses": [{"expression": "Apache-2.0"}],
                **({"hashes": _hashes(own)} if own else {}),
            },
        },
        "components": [_component(part) for part in parts if part is not own],
        "dependencies": [
            {"ref": release, "dependsOn": list(_refs(own.needs if own else (), by_name))},
            *(
                {"ref": part.purl, "dependsOn": list(_refs(part.needs, by_name))}
                for part in parts
                if part is not own
            ),
        ],
    }


def _component(part: Part) -> dict[str, Any]:
    # the words of old metadata are names, only the newer field is an expression of SPDX; both are free text here
    named = {"licenses": [{"license": {"name": part.licence}}]} if part.licence else {}
    return {
        "type": "library",
        "bom-ref": part.purl,
        "name": part.name,
        "version": part.version,
        "purl": part.purl,
        "hashes": _hashes(part),
        **named,
    }


def _hashes(part: Part) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": part.sha256}]


def _refs(needs: Sequence[str], by_name: Mapping[str, Part]) -> Iterator[str]:
    return (by_name[name].purl for name in needs if name in by_name)
