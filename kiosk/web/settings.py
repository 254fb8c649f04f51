"""What the visitor's pages need to know of their place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PageSettings:
    venue_name: str = ""
    time_zone: str = "Asia/Ho_Chi_Minh"
    # the only Host names answered to: the guard against DNS rebinding
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    heartbeat_s: float = 5.0
    stream_s: float = 600.0  # a stream is closed after this, and the browser opens the next one
    idle_s: float = 60.0  # without a touch in the form, until the warning
    warning_s: float = 20.0  # from the warning until everything is wiped
    retention_days: int = 30  # what the consent sentence promises
