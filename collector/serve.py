"""The processes of the collector, each by itself, or all in one on a small machine."""

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Protocol, Self

from collector import systemd
from collector.config import CollectorConfig

TURN_S = 0.5

Say = Callable[[str], None]


class Part(Protocol):
    """Works between `with` and its end."""

    @property
    def told(self) -> str:
        """What is said once it is ready."""

    def goes_on(self) -> bool:
        """False when it wishes to be started again. Raise CollectorError when it has failed."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None: ...


def inbox(config: CollectorConfig, stop: threading.Event, say: Say) -> None:
    from collector.inbox.process import InboxProcess

    part = InboxProcess(config, stop)
    _run([part], stop, lambda: say(part.told))


def office(config: CollectorConfig, stop: threading.Event, say: Say) -> None:
    from collector.office.process import OfficeProcess

    part = OfficeProcess(config)
    _run([part], stop, lambda: say(part.told))


def made_up(config: CollectorConfig, stop: threading.Event, say: Say) -> None:
    """The pages of a made-up province, and what they ask of the inbox: without a broker there is no inbox."""
    from collector import keys
    from collector.inbox.people_socket import PeopleSocket
    from collector.office.process import OfficeProcess

    key = keys.pseudonym_key(config.inbox.keys_folder)
    part = OfficeProcess(config)
    with PeopleSocket(config.inbox.people_socket, lambda: key):
        _run([part], stop, lambda: say(part.told))


def enrolment(config: CollectorConfig, stop: threading.Event, say: Say) -> None:
    from collector.enrolment.process import EnrolmentProcess

    part = EnrolmentProcess(config)
    _run([part], stop, lambda: say(part.told))


def portal(config: CollectorConfig, stop: threading.Event, say: Say) -> None:
    from collector.portal.process import PortalProcess

    part = PortalProcess(config)
    _run([part], stop, lambda: say(part.told))


def serve(config: CollectorConfig, stop: threading.Event, say: Say) -> None:
    """Until `stop`. Raise CollectorError when a port, the ledger or a certificate cannot be had, and when a part fails
    later: whoever started this process starts it again."""
    from collector.inbox.process import InboxProcess
    from collector.office.process import OfficeProcess
    from collector.portal.process import PortalProcess

    took_in = InboxProcess(config, stop)
    pages = OfficeProcess(config, lambda: took_in.state)
    parts: list[Part] = [pages, took_in]
    if config.enrolment.port >= 0:
        from collector.enrolment.process import EnrolmentProcess

        parts.append(EnrolmentProcess(config))
    certificate = config.portal.uplink_certificate_file
    has_portal = certificate.exists()
    if has_portal:
        parts.append(PortalProcess(config))

    def ready() -> None:
        say(parts[-1].told if has_portal else f"no portal: there is no {certificate}")
        say(f"collector ready: {pages.url}")

    _run(parts, stop, ready)


def _run(parts: Sequence[Part], stop: threading.Event, ready: Callable[[], None]) -> None:
    with ExitStack() as stack:
        stack.callback(systemd.notify, "STOPPING=1")
        for part in parts:
            stack.enter_context(part)
        ready()
        systemd.notify("READY=1")
        while not stop.wait(TURN_S) and all(part.goes_on() for part in parts):
            systemd.notify("WATCHDOG=1")
