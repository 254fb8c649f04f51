"""Errors of the kiosk. Each message says what to do; none carries anything about a person."""


class KioskError(Exception):
    """Root of the kiosk's own errors."""


class ConfigError(KioskError):
    """One or more settings are wrong. `problems` holds one line for each, with file and line number."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class StoreError(KioskError):
    """The visit is *not* stored. Nobody above may read it otherwise."""


class StoreUnusable(StoreError):
    """The database cannot be opened at all; the remedy is in the message."""
