"""The page of a new kiosk, until it has joined and its technician has looked at every part."""

from kiosk.web.firstboot.app import create_firstboot_app

__all__ = ["create_firstboot_app"]
