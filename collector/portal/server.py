"""Where the portal listens: plain on this machine, behind a proxy with TLS, or with TLS itself."""

import flask

from collector.config import PortalSection
from collector.errors import CollectorError
from kiosk.web.safety.web_server import Certificate, WebServer

THREADS = 24
_HERE = ("127.0.0.1", "::1", "localhost")


def portal_server(app: flask.Flask, section: PortalSection) -> WebServer:
    """Raise CollectorError for settings that do not go together."""
    pair = (section.certificate_file, section.key_file)
    if any(pair) and not all(pair):
        raise CollectorError("portal.certificate_file and portal.key_file go together")
    if not any(pair) and section.host not in _HERE:
        raise CollectorError(
            "without portal.certificate_file the portal stays on 127.0.0.1, behind a proxy with TLS"
        )
    certificate = None
    if section.certificate_file and section.key_file:
        certificate = Certificate(section.certificate_file, section.key_file)
    return WebServer("portal", app, (section.host, section.port), certificate, threads=THREADS)
