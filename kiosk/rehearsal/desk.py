"""The bench page's hands: holds a made-up visitor's code, or a dropped picture, before the simulated camera."""

from collections.abc import Callable, Mapping
from pathlib import Path

from hardware.lights import Lights
from hardware.stage import Scene, Stage
from kiosk.rehearsal.people import bank_code, citizen_card, name_on_card, national_qr
from kiosk.rehearsal.pictures import phone

# (id, label, code): a few kinds of visitors, a newcomer to the bench page picks one
_VISITORS = (
    ("card", f"{name_on_card(1)}, citizen card", citizen_card(1)),
    ("card-2", f"{name_on_card(3)}, citizen card", citizen_card(3)),
    ("national", "Thạch Văn Mẫu, national QR on a phone", national_qr(2)),
    ("bank", "shows a payment code by mistake", bank_code(4)),
    ("place", "shows the market's own code", b"https://qr.pccovid.gov.vn/MAUMAU"),
    ("nonsense", "shows a code of something else", b"8936000000000"),
)
_HOLD_S = 4.0


class Desk:
    """Implements kiosk.web.ports.Bench."""

    def __init__(self, stage_path: Path, lights: Lights, links: Mapping[str, str]) -> None:
        self._stage = Stage(stage_path)
        self._pins: Callable[[], dict[str, bool]] = lights.pins
        self._links = dict(links)
        self._codes = {visitor: code for visitor, _, code in _VISITORS}

    def visitors(self) -> list[tuple[str, str]]:
        return [(visitor, label) for visitor, label, _ in _VISITORS]

    def show(self, visitor_id: str) -> None:
        self._stage.show(Scene.of_luma(phone(self._codes[visitor_id]), hold_s=_HOLD_S, scale=0.7))

    def show_image(self, data: bytes) -> None:
        self._stage.show(Scene(data, hold_s=_HOLD_S, scale=0.7))

    def clear(self) -> None:
        self._stage.clear()

    def pins(self) -> dict[str, bool]:
        return self._pins()

    def links(self) -> dict[str, str]:
        return self._links
