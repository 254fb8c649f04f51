"""`collector inbox`: broker, keys, ledger and the kiosks' endpoint in one process of its own user, without a page."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector import documents, releases
from collector.config import CollectorConfig
from collector.followers import followers
from collector.inbox import commands, wrapping
from collector.inbox.asked_commands import AskedCommands
from collector.inbox.daily_retention import DailyRetention
from collector.inbox.day_keys import DayKeys
from collector.inbox.inbox import Inbox
from collector.inbox.keyring import Keyring
from collector.inbox.people_socket import PeopleSocket
from collector.inbox.unsealing import Declared, tell_nobody
from collector.inbox.word import Word
from collector.ledger.stores import answers_of, ledger_of
from kiosk.wire.documents import DocumentKind

if TYPE_CHECKING:
    from collector.tags.desk import TagDesk

DECLARATION_VALID_H = 24.0  # where no policy says otherwise, as on the kiosks
# a broker that takes longer to answer is said on the page, like one that is absent
SETTLE_TIMEOUT_S = 5.0


class InboxProcess:
    """Between `with` and its end it takes in. Entering raises CollectorError when ledger, certificate or port cannot be
    had."""

    def __init__(self, config: CollectorConfig, stop: threading.Event) -> None:
        self._config = config
        self._stop = stop
        self._stack = ExitStack()
        self._word = Word(config.inbox.state_file)
        self._ledger = ledger_of(config.ledger, followers(config))
        self._tags = _Tags(config) if config.devices.port >= 0 else None
        self._inbox = self._joined()

    @property
    def state(self) -> str:
        return self._inbox.state

    @property
    def told(self) -> str:
        return "inbox ready"

    def goes_on(self) -> bool:
        """Raise CollectorError when it has failed: whoever started this process starts it again."""
        self._inbox.check()
        self._word.say(self._inbox.state)
        return True

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._ledger.close)
            self._ledger.open()
            stack.callback(self._word.end)
            if self._tags is not None:
                from collector.tags.endpoint import DeviceEndpoint

                config = self._config
                endpoint = DeviceEndpoint(
                    config.devices,
                    config.broker,
                    self._tags.store,
                    self._tags.district_of,
                    lambda name: releases.file_of(config.documents.folder, name),
                )
                stack.enter_context(endpoint)
            stack.enter_context(self._people)
            stack.enter_context(DailyRetention(self._config))
            stack.callback(self._inbox.close)
            self._inbox.open()
            if self._config.metrics.port >= 0:
                from collector.inbox.metrics import MetricsEndpoint

                totals = answers_of(self._config.ledger).totals
                stack.enter_context(MetricsEndpoint(self._config.metrics.port, self._inbox, totals))
            self._wait_settled()
            self._word.say(self._inbox.state)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _joined(self) -> Inbox:
        config = self._config
        keyring = Keyring(config.inbox.keys_folder)
        days = DayKeys(config.inbox.day_keys)
        spool = config.documents.folder / commands.FOLDER
        self._people = PeopleSocket(
            config.inbox.people_socket,
            lambda: keyring.pseudonym,
            lambda question: wrapping.answer(question, days),
            self._tags.store.withdraw if self._tags is not None else lambda _: 0,
            AskedCommands(spool, lambda: keyring.command).answer,
        )
        announcement: Callable[[], list[documents.Outgoing]] = list
        declared: Declared = tell_nobody
        if self._tags is not None:
            desk = self._tags.desk(lambda: _validity(config), lambda: keyring.command)
            announcement, declared = desk.announcement, desk.declared
        return Inbox(
            config.broker,
            self._ledger,
            keyring,
            lambda: [*documents.outgoing(config.documents.folder), *announcement()],
            declared,
            commands=lambda: commands.take(spool),
            openers=config.inbox.openers,
            keep=lambda batch, now: wrapping.wrapped(batch, days, now),
        )

    def _wait_settled(self) -> None:
        deadline_s = time.monotonic() + SETTLE_TIMEOUT_S
        while time.monotonic() < deadline_s:
            if self._inbox.settled.wait(0.05) or self._stop.is_set():
                return
            self._inbox.check()


class _Tags:
    """What only a worker that serves kiosks their tags has to load: any other is sooner back without it."""

    def __init__(self, config: CollectorConfig) -> None:
        from collector.registry.sqlite_registry import SqliteRegistry
        from collector.tags.districts import Districts
        from collector.tags.store import TagStore

        self.store = TagStore(config.devices.tags_file)
        self.district_of = Districts(SqliteRegistry(config.registry.file)).of_kiosk

    def desk(
        self, valid: Callable[[], timedelta], key: Callable[[], Ed25519PrivateKey | None]
    ) -> "TagDesk":
        from collector.tags.desk import TagDesk

        return TagDesk(self.store, valid, key, self.district_of)


def _validity(config: CollectorConfig) -> timedelta:
    """How long a declaration counts, by the policy that is said to the kiosks."""
    policy = documents.body_in(config.documents.folder, DocumentKind.POLICY)
    hours = policy.get("declaration_valid_h", DECLARATION_VALID_H)
    return timedelta(hours=float(hours))
