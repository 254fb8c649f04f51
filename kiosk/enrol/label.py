"""The label for the back of a kiosk: its place, its id, and the id once more for a camera. Nothing secret."""

import numpy as np

from hardware.ports import Luma
from kiosk import slip


def draw(kiosk: str, venue_name: str, width_px: int) -> Luma:
    """The picture, (height, `width_px`), 0 and 255 only."""
    return np.vstack([slip.heading([venue_name, kiosk], width_px), slip.qr(kiosk, width_px)])
