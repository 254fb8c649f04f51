"""Where office and commands ask what only the inbox can answer or do, by a Unix socket for their group.

Nothing of a question is kept, logged or counted but that there was one. One connection a question; the protocol is in
collector.people.asking.
"""

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from collector.errors import CollectorError, LedgerError
from collector.inbox.unsealing import PSEUDONYM_BYTES
from collector.people.asking import MAX_IDENTIFIERS, MAX_LINE
from kiosk.domain.identity import Scheme
from kiosk.privacy.pseudonym import pseudonym

QUESTION_TIMEOUT_S = 2.0
_POLL_S = 0.2
_SCHEMES = {scheme.value for scheme in Scheme}
_NOT_UNDERSTOOD = {"cannot": "not_understood"}


class PeopleSocket:
    """Answers between `with` and its end, one question at a time. `key` gives the pseudonym key, `unwrap` takes a
    contact out of its wrapping, `withdraw` takes back the tags of somebody with these pseudonyms and says how many,
    `command` signs what is asked of a kiosk (collector.inbox.asked_commands). Entering raises CollectorError when the
    socket cannot be made."""

    def __init__(
        self,
        path: Path,
        key: Callable[[], bytes | None],
        unwrap: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda _: _NOT_UNDERSTOOD,
        withdraw: Callable[[Sequence[bytes]], int] = lambda _: 0,
        command: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda _: _NOT_UNDERSTOOD,
    ) -> None:
        self._withdraw = withdraw
        self._command = command
        self._path = path
        self._key = key
        self._unwrap = unwrap
        self._stop = threading.Event()
        self._listening: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.asked = 0
        self.refused = 0

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            self._path.unlink(missing_ok=True)
            self._listening = _bound(self._path)
        except OSError as error:
            raise CollectorError(
                f"{self._path} cannot be listened at ({error.strerror}): see to [inbox] people_socket"
            ) from error
        self._stop.clear()
        self._thread = threading.Thread(target=self._serve, name="inbox-people")
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if self._listening is not None:
            self._listening.close()
        self._path.unlink(missing_ok=True)

    def _serve(self) -> None:
        assert self._listening is not None  # noqa: S101 - entered
        while not self._stop.is_set():
            with contextlib.suppress(OSError):  # nobody asks; or whoever asked has gone
                peer, _ = self._listening.accept()
                with peer:
                    peer.settimeout(QUESTION_TIMEOUT_S)
                    with peer.makefile("rb") as reader:
                        line = reader.readline(MAX_LINE + 1)
                    answer = self._answer(line)
                    peer.sendall(json.dumps(answer).encode() + b"\n")

    def _answer(self, line: bytes) -> Mapping[str, Any]:
        try:
            answer = self._answered(json.loads(line)) if len(line) <= MAX_LINE else _NOT_UNDERSTOOD
        except (ValueError, RecursionError):
            answer = _NOT_UNDERSTOOD
        if "cannot" in answer:
            self.refused += 1
        else:
            self.asked += 1
        return answer

    def _answered(self, question: Any) -> Mapping[str, Any]:
        match question:
            case {"identifiers": list(asked), **others} if not others:
                return self._pseudonyms(asked)
            case {"unwrap": dict(wrapped), **others} if not others:
                return self._unwrap(wrapped)
            case {"command": dict(asked), **others} if not others:
                return self._command(asked)
            case {"withdraw": list(people), **others} if not others:
                return self._withdrawn(people)
        return _NOT_UNDERSTOOD

    def _pseudonyms(self, asked: list[Any]) -> Mapping[str, Any]:
        if len(asked) > MAX_IDENTIFIERS:
            return {"cannot": "too_many"}
        key = self._key()
        if key is None:
            return {"cannot": "no_key"}
        found = []
        for each in asked:
            match each:
                case [str(scheme), str(value)] if scheme in _SCHEMES:
                    found.append(pseudonym(key, scheme, value)[:PSEUDONYM_BYTES].hex())
                case _:
                    return _NOT_UNDERSTOOD
        return {"pseudonyms": found}

    def _withdrawn(self, people: list[Any]) -> Mapping[str, Any]:
        if not all(isinstance(who, str) for who in people):
            return _NOT_UNDERSTOOD
        try:
            return {"withdrawn": self._withdraw([bytes.fromhex(who) for who in people])}
        except LedgerError:
            return {"cannot": "tags"}


def _bound(path: Path) -> socket.socket:
    """For this user and the group from the first moment. A path may be longer than a socket's name: by its folder."""
    listening = socket.socket(socket.AF_UNIX)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    before = os.umask(0o117)
    try:
        listening.bind(f"/proc/self/fd/{folder}/{path.name}")
        listening.listen(16)
        listening.settimeout(_POLL_S)
    except BaseException:
        listening.close()
        raise
    finally:
        os.umask(before)
        os.close(folder)
    return listening
