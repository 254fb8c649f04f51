"""The visitor's screen at 127.0.0.1: one page with every state ready-made, told what to show by server-sent events."""

from kiosk.web.screen.app import create_screen_app

__all__ = ["create_screen_app"]
