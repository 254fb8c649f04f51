"""How long to wait before trying again. Pure: `draw` is a random number from 0 to 1, handed in.

A thousand kiosks lose the broker in the same second; full jitter is what keeps them from returning in one.
"""

RESEND_CAP_S = 900.0


def reconnect_wait_s(failures: int, spread_s: float, cap_s: float, draw: float) -> float:
    """Anywhere from 0 to `spread_s`, doubled for each failure in a row up to `cap_s`."""
    return draw * min(max(cap_s, spread_s), spread_s * 2.0 ** min(failures, 32))


def resend_wait_s(tries: int, resend_s: float, draw: float) -> float:
    """From `resend_s` after the first try, doubled for each further one up to 15 minutes, and up to a quarter more."""
    return min(max(RESEND_CAP_S, resend_s), resend_s * 2.0 ** min(tries - 1, 32)) * (1 + draw / 4)
