"""What is written down when a bundle is opened on an officer's machine: when, how many, nobody's contact. JSON."""

import json
import re
from dataclasses import dataclass
from datetime import datetime

from collector.cases.port import CasesError

MAX_BYTES = 4096
_ID = re.compile(r"[0-9a-f]{16}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Record:
    """`bundle` is the SHA-256 of the file that was opened, in hexadecimal; `key` the id of the tracing key."""

    id: str
    release: str
    case: str
    bundle: str
    key: str
    at: datetime
    opened: int
    unopened: int


def written(record: Record) -> bytes:
    return json.dumps(
        {
            "opening": record.id,
            "release": record.release,
            "case": record.case,
            "bundle": record.bundle,
            "key": record.key,
            "at": record.at.isoformat(timespec="seconds"),
            "opened": record.opened,
            "unopened": record.unopened,
        }
    ).encode()


def parse(payload: bytes) -> Record:
    """Raise CasesError, which quotes nothing of it."""
    try:
        fields = json.loads(payload[: MAX_BYTES + 1])
        record = Record(
            id=str(fields["opening"]),
            release=str(fields["release"]),
            case=str(fields["case"]),
            bundle=str(fields["bundle"]),
            key=str(fields["key"]),
            at=datetime.fromisoformat(fields["at"]),
            opened=int(fields["opened"]),
            unopened=int(fields["unopened"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CasesError("this file is no record of an opening") from None
    ids = (record.id, record.release, record.key)
    is_whole = all(map(_ID.fullmatch, ids)) and _DIGEST.fullmatch(record.bundle)
    if not is_whole or record.at.tzinfo is None or min(record.opened, record.unopened) < 0:
        raise CasesError("this file is no record of an opening")
    return record
