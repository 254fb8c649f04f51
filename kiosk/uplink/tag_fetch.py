"""Fetches the tags of the day by HTTPS with the kiosk's certificate, in a thread of its own: told by a document what
there is, it goes on where it stopped. A collector that does not answer is asked again, later and later."""

import http.client
import logging
import queue
import ssl
import threading
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from kiosk.errors import StoreError
from kiosk.store.tags import Entry, Tags
from kiosk.uplink.settings import UplinkSettings
from kiosk.uplink.tls import context_for
from kiosk.wire import tag_pages
from kiosk.wire.errors import WireError

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 120.0


class FetchError(Exception):
    """The collector gave no tags; the reason, which names nobody."""


class TagFetch:
    """`open` starts the thread, `close` ends it. `tags` is opened and used in that thread."""

    def __init__(self, settings: UplinkSettings, tags: Tags, today: Callable[[], date]) -> None:
        self._settings = settings
        self._tags = tags
        self._today = today
        self._announced: queue.SimpleQueue[dict[date, int] | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tag-fetch", daemon=True)

    def open(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._announced.put(None)
        self._thread.join(TIMEOUT_S)

    def announce(self, body: Mapping[str, Any]) -> None:
        """The document `tags` has come: how many entries each day has."""
        self._announced.put(counts_of(body))

    def _run(self) -> None:
        wanted: dict[date, int] = {}
        pause_s = FIRST_PAUSE_S
        with self._tags:
            while not self._stop.is_set():
                try:
                    news = self._announced.get(timeout=pause_s if wanted else None)
                    wanted = news or {}
                    pause_s = FIRST_PAUSE_S
                except queue.Empty:
                    pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)
                try:
                    self._fetch_all(wanted)
                    wanted = {}
                except (OSError, http.client.HTTPException, FetchError, WireError) as error:
                    log.warning("no tags for now: %s", _reason(error))
                except StoreError as error:
                    log.error("tags cannot be kept: %s", error)

    def _fetch_all(self, wanted: Mapping[date, int]) -> None:
        today = self._today()
        self._tags.forget_before(today)
        days = [day for day in sorted(wanted) if day >= today]
        if not days or self._stop.is_set():
            return
        connection = self._connection()
        try:
            for day in days:
                while not self._stop.is_set() and self._fetch(connection, day):
                    pass
        finally:
            connection.close()

    def _fetch(self, connection: http.client.HTTPSConnection, day: date) -> bool:
        """One page. True when there is more."""
        key, position = self._tags.state(day)
        connection.request("GET", f"{tag_pages.PATH}{day}?from={position}")
        answer = connection.getresponse()
        payload = answer.read(tag_pages.MAX_BYTES + 1)
        if answer.status != http.client.OK:
            raise FetchError(f"status {answer.status}")
        page = tag_pages.decode(payload)
        if page.key != key and position:
            self._tags.extend(day, page.key, 0, [])  # the day has begun anew
            return True
        if page.position != position:
            raise FetchError("another page than was asked for")
        self._tags.extend(day, page.key, position, [Entry(*each) for each in page.entries])
        return bool(page.entries) and position + len(page.entries) < page.count

    def _connection(self) -> http.client.HTTPSConnection:
        context = context_for(self._settings)
        if context is None:
            raise FetchError("no certificate")
        settings = self._settings
        return http.client.HTTPSConnection(
            settings.tags_host, settings.tags_port, timeout=TIMEOUT_S, context=context
        )


def counts_of(body: Mapping[str, Any]) -> dict[date, int]:
    """The body of the document `tags`: day -> entries. What is no day or no number is passed over."""
    days = body.get("days")
    counts = {}
    for name, count in days.items() if isinstance(days, dict) else ():
        try:
            day = date.fromisoformat(name)
        except ValueError:
            continue
        if type(count) is int:
            counts[day] = count
    return counts


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or "TLS"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error) or type(error).__name__
