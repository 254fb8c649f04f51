"""What the inbox has done since it was started, counted by the one thread that does it, for whoever asks."""

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """`batch_s` is the time of all batches, from the first look at their messages to the end of their commit."""

    batches: int = 0
    batch_s: float = 0.0
    events: int = 0  # repeats among them
    set_aside: int = 0
    receipts: int = 0
    receipt_at_s: float | None = None  # of the last one; seconds since 1970

    def committed(self, events: int, set_aside: int, took_s: float) -> None:
        self.batches += 1
        self.batch_s += took_s
        self.events += events
        self.set_aside += set_aside

    def receipted(self, receipts: int, at_s: float) -> None:
        if receipts:
            self.receipts += receipts
            self.receipt_at_s = at_s
