"""What a kiosk fetches with its certificate, and nothing else: pages of its district's tags with the key of their day,
and releases of the program.

Mutual TLS: whoever has no certificate of this authority is refused in the handshake. A kiosk that was let go is refused
by name, its certificate good or not.
"""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from collector.bundles import Bundles
from collector.config import BrokerSection, DevicesSection
from collector.errors import LedgerError
from collector.tags.store import TagStore
from kiosk.web.safety.web_server import Certificate, WebServer
from kiosk.wire import tag_pages

Answer = Iterable[bytes]


def no_bundle(_: str) -> Path | None:
    return None


class DeviceEndpoint:
    """`with` it runs. `district_of` answers the district of a kiosk by its name, None for one that is not let in;
    `bundle` where a release of this name lies."""

    def __init__(
        self,
        section: DevicesSection,
        tls: BrokerSection,
        tags: TagStore,
        district_of: Callable[[str], str | None],
        bundle: Callable[[str], Path | None] = no_bundle,
    ) -> None:
        self._tags = tags
        self._bundles = Bundles(bundle)
        self._district_of = district_of
        enrolled = (section.enrolment_ca_file,) if section.enrolment_ca_file else ()
        certificate = Certificate(
            section.certificate_file, section.key_file, (tls.ca_file, *enrolled)
        )
        self._server = WebServer("devices", self._answer, (section.host, section.port), certificate)

    @property
    def port(self) -> int:
        return self._server.port

    def __enter__(self) -> "DeviceEndpoint":
        """Raise CollectorError when the port cannot be had."""
        self._server.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Answer:
        district = self._district_of(environ.get("SSL_CLIENT_S_DN_CN", ""))
        if district is not None and (bundle := self._bundles.asked(environ)) is not None:
            status, headers, pieces = bundle
            start(status, headers)
            return pieces
        status, headers, body = self._page(environ, district)
        start(status, [("Content-Length", str(len(body))), ("Cache-Control", "no-store"), *headers])
        return [body]

    def _page(
        self, environ: dict[str, Any], district: str | None
    ) -> tuple[str, list[tuple[str, str]], bytes]:
        if district is None:
            return "403 Forbidden", [], b""
        asked = _asked(environ)
        if asked is None:
            return "404 Not Found", [], b""
        day, position = asked
        try:
            page = self._tags.page(day, district, position, tag_pages.MAX_ENTRIES)
        except LedgerError:
            return "503 Service Unavailable", [], b""
        if page is None:
            return "404 Not Found", [], b""
        mark = f'"{page.key[:8].hex()}-{page.count}"'
        headers = [("ETag", mark), ("Content-Type", tag_pages.CONTENT_TYPE)]
        if environ.get("HTTP_IF_NONE_MATCH") == mark:
            return "304 Not Modified", headers, b""
        found = tag_pages.TagPage(page.key, page.position, page.count, page.entries)
        return "200 OK", headers, tag_pages.encode(found)


def _asked(environ: dict[str, Any]) -> tuple[date, int] | None:
    path = environ.get("PATH_INFO", "")
    number = parse_qs(environ.get("QUERY_STRING", "")).get("from", ["0"])[0]
    if environ.get("REQUEST_METHOD") != "GET" or not path.startswith(tag_pages.PATH):
        return None
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        return None
    try:
        return date.fromisoformat(path.removeprefix(tag_pages.PATH)), int(number)
    except ValueError:
        return None
