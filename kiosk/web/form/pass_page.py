"""The last page: the Pass as a picture to photograph. Made on the server; nothing of it is ever in an address."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import segno

from kiosk.credentials import health_pass

_QUIET_MODULES = 4


@dataclass(frozen=True, repr=False)
class ShownPass:
    """`picture` is an SVG without a size, `holder` the masked name that the code itself holds."""

    picture: str
    holder: str
    until: str  # DD/MM HH:MM here


def shown_pass(code: str, until: datetime, time_zone: str) -> ShownPass:
    _, said = health_pass.unpack(code)
    qr = segno.make(code, error="m", micro=False)
    picture = qr.svg_inline(border=_QUIET_MODULES, omitsize=True, light="#fff")
    return ShownPass(picture, said.holder, f"{until.astimezone(ZoneInfo(time_zone)):%d/%m %H:%M}")
