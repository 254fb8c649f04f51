"""Whoever fails waits, longer each time. Counted by account and by address, on disk: a restart forgives nobody."""

from dataclasses import dataclass

FIRST_WAIT_S, LONGEST_WAIT_S = 5, 15 * 60
# a day without a failure, and the count begins anew
FORGOTTEN_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures are free. Several people may share an address, nobody an account."""

    free: int


BY_ACCOUNT, BY_ADDRESS = Limit(5), Limit(30)


def wait_s(failures: int, limit: Limit) -> int:
    """From the last failure on: 0, then 5, 10, 20 ... seconds up to a quarter of an hour."""
    beyond = failures - limit.free
    if beyond < 0:
        return 0
    return int(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(beyond, 10)))
