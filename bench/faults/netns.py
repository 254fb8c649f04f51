"""Two small networks joined by one cable, on which anything can be done without hurting anybody else's.

One holds broker and collector, the other the uplink. The addresses are of the range for benchmarks (RFC 2544).
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from bench.faults.outcome import CannotHere

NEAR, FAR = "198.18.77.2", "198.18.77.1"  # the kiosk's end, the broker's end
_TABLE = "inet faults"


@dataclass(frozen=True)
class Cable:
    """`near` and `far` are the names of the two networks."""

    near: str
    far: str

    def inside(self, network: str) -> tuple[str, ...]:
        """The command to put in front of one that is to run there."""
        return ("ip", "netns", "exec", network)

    def link(self, *, up: bool) -> None:
        _run("ip", "-n", self.near, "link", "set", "cable", "up" if up else "down")

    def drop(self, share: float = 1.0) -> None:
        """This share of all packets vanishes, in both directions, without a word. 1: half-open connections."""
        chance = "" if share >= 1.0 else f"numgen random mod 100 < {round(100 * share)} "
        self._rule("input", f"{chance}counter drop")
        self._rule("output", f"{chance}counter drop")

    def reset(self) -> None:
        """Every packet is answered with a reset."""
        self._rule("input", "meta l4proto tcp counter reject with tcp reset")

    def narrow(self, kbit_per_s: int) -> None:
        rate = ("rate", f"{kbit_per_s}kbit", "burst", "3000", "latency", "2s")
        for network in (self.near, self.far):
            device = ("ip", "netns", "exec", network, "tc", "qdisc", "add", "dev", "cable")
            _run(*device, "root", "tbf", *rate)

    def packets_hurt(self) -> int:
        """How many packets met a rule."""
        listed = _run("ip", "netns", "exec", self.near, "nft", "list", "table", *_TABLE.split())
        words = listed.split()
        return sum(int(words[i + 1]) for i, word in enumerate(words) if word == "packets")

    def mend(self) -> None:
        """A whole cable again."""
        nft = ("ip", "netns", "exec", self.near, "nft")
        _run(*nft, f"flush table {_TABLE}")
        for network in (self.near, self.far):
            qdisc = ["ip", "netns", "exec", network, "tc", "qdisc", "del", "dev", "cable", "root"]
            subprocess.run(qdisc, capture_output=True, check=False)  # there may be none
        self.link(up=True)

    def _rule(self, chain: str, rule: str) -> None:
        nft = ("ip", "netns", "exec", self.near, "nft")
        _run(
            *nft,
            f"add rule {_TABLE} {chain} iifname != lo {rule}"
            if chain == "input"
            else f"add rule {_TABLE} {chain} oifname != lo {rule}",
        )


@contextlib.contextmanager
def cable() -> Iterator[Cable]:
    """Raise CannotHere when this machine has no network namespaces, cables or filters to give."""
    if os.geteuid() != 0:
        raise CannotHere("network namespaces need root")
    for tool in ("ip", "nft", "tc"):
        if shutil.which(tool) is None:
            raise CannotHere(f"{tool} is not installed (iproute2, nftables)")
    laid = Cable(f"faults-{os.getpid()}-near", f"faults-{os.getpid()}-far")
    with contextlib.ExitStack() as stack:
        try:
            for network in (laid.near, laid.far):
                _run("ip", "netns", "add", network)
                stack.callback(_run, "ip", "netns", "del", network)
                _run("ip", "-n", network, "link", "set", "lo", "up")
            _run(
                *("ip", "-n", laid.near, "link", "add", "cable", "type", "veth"),
                *("peer", "name", "cable", "netns", laid.far),
            )
            for network, address in ((laid.near, NEAR), (laid.far, FAR)):
                _run("ip", "-n", network, "addr", "add", f"{address}/30", "dev", "cable")
                _run("ip", "-n", network, "link", "set", "cable", "up")
            for line in (
                f"add table {_TABLE}",
                f"add chain {_TABLE} input {{ type filter hook input priority 0; }}",
                f"add chain {_TABLE} output {{ type filter hook output priority 0; }}",
            ):
                _run("ip", "netns", "exec", laid.near, "nft", line)
        except subprocess.CalledProcessError as error:
            raise CannotHere(f"{error.cmd[0]}: {error.stderr.strip()[:120]}") from None
        yield laid


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
