"""Where the office listens: HTTPS with a certificate, else on this machine only."""

import ipaddress

import flask

from collector.config import OfficeSection
from collector.errors import CollectorError
from kiosk.web.safety.web_server import Certificate, WebServer


def office_server(app: flask.Flask, section: OfficeSection) -> WebServer:
    """Raise CollectorError for settings that do not go together, and for HTTP beyond this machine."""
    address = (section.host, section.port)
    if section.certificate_file is None or section.key_file is None:
        if section.certificate_file or section.key_file:
            raise CollectorError("office.certificate_file and office.key_file go together")
        if not _is_here(section.host):
            raise CollectorError(
                f"passwords would cross the network in the clear on {section.host}:"
                " set office.certificate_file and office.key_file"
            )
        return WebServer("office", app, address)
    if section.open_here:
        raise CollectorError("office.open_here is for a page on this machine, without certificate")
    return WebServer(
        "office", app, address, Certificate(section.certificate_file, section.key_file)
    )


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
