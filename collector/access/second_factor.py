"""The second factor: a code of six digits from an app on the officer's own phone (TOTP, RFC 6238)."""

import hmac
from datetime import datetime

import pyotp

STEP_S = 30
# a phone's clock may be a step behind or ahead
_WINDOW = (0, -1, 1)
_ISSUER = "Venue kiosk"


def new_secret() -> str:
    return pyotp.random_base32()


def address(secret: str, name: str) -> str:
    """`otpauth://...`, the content of the QR that the app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER)


def step_of(code: str, secret: str, now: datetime) -> int | None:
    """The step this code belongs to, None when it is wrong. Whether it has been used before is for the store to say."""
    typed = "".join(code.split())
    totp = pyotp.TOTP(secret)
    current = int(now.timestamp()) // STEP_S
    for offset in _WINDOW:
        step = current + offset
        expected = totp.generate_otp(step)
        if hmac.compare_digest(typed.encode(), expected.encode()):
            return step
    return None
