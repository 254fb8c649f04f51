"""What goes onto a slip, for people with no phone. Drawn by kiosk.slip."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, repr=False)
class Slip:
    """What is to be on it. `code` is the text of the Pass."""

    code: str
    venue: str
    made_at: datetime
    until: datetime
