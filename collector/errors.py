"""Errors of the collector. Each message says what to do; none carries anything about a person."""

from kiosk.errors import KioskError


class CollectorError(KioskError):
    """Root of the collector's own errors: told in one line, exit status 1."""


class LedgerError(CollectorError):
    """The ledger cannot be asked or written. Nothing of the batch is in it: nothing may be acknowledged."""
