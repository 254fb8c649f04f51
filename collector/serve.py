"""`collector serve`: joins ledger, inbox and office page on one machine."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from waitress import wasyncore
from waitress.server import BaseWSGIServer, create_server

from collector.config import CollectorConfig
from collector.errors import CollectorError
from collector.inbox.connection import Endpoint
from collector.inbox.inbox import Inbox
from collector.ledger.sqlite import SqliteLedger
from collector.office import create_office_app

THREADS = 8


def serve(config: CollectorConfig, stop: threading.Event, say: Callable[[str], None]) -> None:
    """Until `stop`. Raise CollectorError when the page's port is in use or the ledger cannot be opened."""
    broker = config.broker
    endpoint = Endpoint(
        broker.host,
        broker.port,
        broker.name,
        broker.ca_file,
        broker.certificate_file,
        broker.key_file,
    )
    with open_ledger(config) as ledger:
        inbox = Inbox(endpoint, ledger)
        app = create_office_app(ledger, ZoneInfo(config.office.time_zone), lambda: inbox.state)
        with _listening(app, config.office.port) as port:
            inbox.open()
            try:
                say(f"collector ready: http://127.0.0.1:{port}/")
                _notify("READY=1")
                stop.wait()
            finally:
                inbox.close()


@contextlib.contextmanager
def open_ledger(config: CollectorConfig) -> Iterator[SqliteLedger]:
    ledger = SqliteLedger(config.ledger.file)
    ledger.open()
    try:
        yield ledger
    finally:
        ledger.close()


@contextlib.contextmanager
def _listening(app: Callable[..., object], port: int) -> Iterator[int]:
    """The page's server on 127.0.0.1, in a thread of its own; the port it got."""
    try:
        server = create_server(app, host="127.0.0.1", port=port, threads=THREADS, ident=None)
    except OSError as error:
        raise CollectorError(f"port {port} is in use: choose another as office.port") from error
    ended = threading.Event()
    thread = threading.Thread(target=_run_until, args=(server, ended), name="office-page")
    thread.start()
    try:
        yield int(server.effective_port)
    finally:
        ended.set()
        server.pull_trigger()
        thread.join()


def _run_until(server: BaseWSGIServer, ended: threading.Event) -> None:
    """waitress's own loop cannot be left from another thread, so its turns are taken one by one."""
    channels = server._map  # noqa: SLF001 - the map it was made with, nowhere public
    while not ended.is_set():
        wasyncore.loop(timeout=1.0, use_poll=True, map=channels, count=1)
    server.task_dispatcher.shutdown()
    wasyncore.close_all(channels)


def _notify(message: str) -> None:
    """To systemd, or whoever else started this with a NOTIFY_SOCKET (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(message.encode(), address)
