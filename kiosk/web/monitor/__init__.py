"""The pages of venue staff, on the LAN by TLS: the door, acts, alerts, people. Nobody sees any without a PIN."""

from kiosk.web.monitor.app import create_monitor_app

__all__ = ["create_monitor_app"]
