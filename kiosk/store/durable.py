"""Whether what is written in a folder outlives the power: not on a file system in RAM or on an overlay over one."""

import os
from pathlib import Path

# proc(5), mountinfo: the mount point is field 5, the type follows the separator " - "
MOUNTINFO = Path("/proc/self/mountinfo")
IN_RAM = frozenset({"tmpfs", "ramfs", "devtmpfs", "overlay", "overlayfs", "aufs", "squashfs"})


def filesystem_of(folder: Path, mountinfo: str | None = None) -> str:
    """The type of the file system that holds `folder`, or "unknown"."""
    text = mountinfo if mountinfo is not None else MOUNTINFO.read_text(encoding="utf-8")
    resolved = os.path.realpath(folder)
    best, kind = "", "unknown"
    for line in text.splitlines():
        before, found, after = line.partition(" - ")
        fields = before.split(" ")
        if not found or len(fields) < 5:
            continue
        point = _unescaped(fields[4])
        inside = resolved == point or resolved.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):  # of two mounts on one point the later one is seen
            best, kind = point, after.split(" ")[0]
    return kind


def is_durable(folder: Path) -> bool:
    return filesystem_of(folder) not in IN_RAM


def _unescaped(point: str) -> str:
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(code, letter)
    return point
