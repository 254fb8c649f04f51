"""Who has joined and is no longer registered is shut out at the broker, within seconds: whoever edits the registry
needs no right at the broker for it."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from collector.errors import CollectorError
from collector.registry.port import Registry

log = logging.getLogger(__name__)

EVERY_S = 5.0


def shut_out(
    registry: Registry,
    revoke: Callable[[str], None],
    note: Callable[[str, str, Mapping[str, str]], None],
    now: Callable[[], datetime],
) -> list[str]:
    """The kiosks that are shut out by this call. Raise CollectorError when registry or broker cannot be had: the rest
    is done next time."""
    registered = {kiosk.id for kiosk in registry.kiosks()}
    done = []
    for admission in registry.admissions():
        if admission.revoked_at is None and admission.kiosk not in registered:
            note("enrolment", "kiosk_shut_out", {"kiosk": admission.kiosk})
            revoke(admission.kiosk)
            registry.put_admission(replace(admission, revoked_at=now()))
            done.append(admission.kiosk)
    return done


class Doorkeeper:
    """Looks every `every_s` seconds, in a thread of its own: the broker may take long to answer."""

    def __init__(self, look: Callable[[], list[str]], every_s: float = EVERY_S) -> None:
        self._look = look
        self._every_s = every_s
        self._stop = threading.Event()
        self._fault = ""
        self._thread = threading.Thread(target=self._run, name="doorkeeper")

    def open(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                for kiosk in self._look():
                    log.warning("kiosk %s is shut out: it is no longer registered", kiosk)
                self._fault = ""
            except CollectorError as error:
                if str(error) != self._fault:  # once, not every few seconds
                    log.error("nobody can be shut out: %s", error)
                self._fault = str(error)
            self._stop.wait(self._every_s)
