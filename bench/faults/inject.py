"""One system call of one process fails, or kills it: strace injects it, and its trace tells whether it did."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.faults.outcome import CannotHere


def needs_strace() -> None:
    """Raise CannotHere when nothing can be traced on this machine."""
    if shutil.which("strace") is None:
        raise CannotHere("strace is not installed")
    if subprocess.run(["strace", "-qq", "true"], capture_output=True, check=False).returncode:
        raise CannotHere("strace may not trace here")


def wrapper(trace: Path, call: str, fault: str, nth: int, files: Sequence[Path] = ()) -> list[str]:
    """The command to put in front: the nth `call`, of those on `files` if there are any, meets `fault`."""
    paths = [part for file in files for part in ("-P", str(file))]
    # a call that is not named in trace= is not injected either, and the test would pass
    spec = ["-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={nth}"]
    return ["strace", "-f", "-qq", "-o", str(trace), *paths, *spec]


def fired(trace: Path) -> bool:
    """strace marks what it has injected; a process that dies of it does not always get that far."""
    text = trace.read_text(errors="replace") if trace.exists() else ""
    return "INJECTED" in text or "killed by SIGKILL" in text


def database_files(database: Path) -> list[Path]:
    return [Path(f"{database}{end}") for end in ("", "-wal", "-shm", "-journal")]
