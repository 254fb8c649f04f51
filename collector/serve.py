"""`collector serve`: joins ledger, inbox and office page in one process."""

import threading
import time
from collections.abc import Callable

from collector import documents, systemd
from collector.config import CollectorConfig
from collector.inbox.inbox import Inbox
from collector.inbox.keyring import Keyring
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_ledger import SqliteLedger
from collector.office.app import create_office_app
from collector.office.server import OfficeServer

TURN_S = 1.0
# a broker that takes longer to answer is said on the page, like one that is absent
SETTLE_TIMEOUT_S = 5.0


def serve(config: CollectorConfig, stop: threading.Event, say: Callable[[str], None]) -> None:
    """Until `stop`. Raise CollectorError when the port, the ledger or the certificate cannot be had, and when the inbox
    fails later: whoever started this process starts it again."""
    ledger = SqliteLedger(config.ledger.file)
    inbox = Inbox(
        config.broker,
        ledger,
        Keyring(config.inbox.keys_folder),
        lambda: documents.outgoing(config.documents.folder),
    )
    app = create_office_app(SqliteAnswers(config.ledger.file), lambda: inbox.state)
    ledger.open()
    try:
        with OfficeServer(app, config.office.port) as server:
            inbox.open()
            _wait_settled(inbox, stop)
            say(f"collector ready: http://127.0.0.1:{server.port}/")
            systemd.notify("READY=1")
            while not stop.wait(TURN_S):
                inbox.check()
                systemd.notify("WATCHDOG=1")
    finally:
        systemd.notify("STOPPING=1")
        inbox.close()
        ledger.close()


def _wait_settled(inbox: Inbox, stop: threading.Event) -> None:
    deadline_s = time.monotonic() + SETTLE_TIMEOUT_S
    while time.monotonic() < deadline_s and not (inbox.settled.wait(0.05) or stop.is_set()):
        inbox.check()
