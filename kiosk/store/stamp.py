"""When something happened, by the clocks of a machine that may have no idea of the time.

The boot clock and the boot's id are always right; the wall clock only where `synchronised` says so. The collector
places an event of an unsynchronised boot later, by the boot clock (shared facts, uplink section 9).
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# systemd-timesyncd makes this file once it has heard a time server in this boot
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")


@dataclass(frozen=True, slots=True)
class Stamp:
    at: datetime  # the wall clock, UTC, aware
    boot_id: str
    boottime_ns: int  # CLOCK_BOOTTIME, counts suspend
    synchronised: bool


def read_boot_id(path: Path = BOOT_ID) -> str:
    """The id of this boot; it does not change while a process lives."""
    return path.read_text(encoding="ascii").strip()


def read_stamp(boot_id: str, synchronised: Path = SYNCHRONISED) -> Stamp:
    """The clocks of this machine, now."""
    return Stamp(
        at=datetime.now(UTC),
        boot_id=boot_id,
        boottime_ns=time.clock_gettime_ns(time.CLOCK_BOOTTIME),
        synchronised=synchronised.exists(),
    )
