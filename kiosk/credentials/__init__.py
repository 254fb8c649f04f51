"""Bytes of a code -> Identity, or the reason why it is none: one file a format, one `classify()`."""

from kiosk.credentials.classify import classify

__all__ = ["classify"]
