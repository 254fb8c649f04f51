"""What a running process takes, as the kernel tells it (proc(5))."""

import os
from pathlib import Path


def cpu_s(*pids: int) -> float:
    """Of all its threads, in user and kernel: fields 14 and 15 of `stat`, behind the name in brackets."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def pss_mb(pid: int) -> float:
    """Its memory, with its share of what others have mapped too. Raise ProcessLookupError when it has ended."""
    return _mapped_mb(pid, "Pss:")


def own_mb(pid: int) -> float:
    """What it has filled itself, and nobody shares: it does not change when a neighbour comes or goes."""
    return _mapped_mb(pid, "Anonymous:")


def _mapped_mb(pid: int, what: str) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


def descriptors(pid: int) -> int:
    """How many files, sockets and pipes it has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
