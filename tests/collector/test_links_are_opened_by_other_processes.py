"""Processes that open links beside the inbox: real ones, killed and stopped as may happen."""

import base64
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collector import keys
from collector.inbox.keyring import Keyring
from collector.inbox.openers import LEAST, Begun, Openers
from collector.inbox.sorting import sort
from collector.inbox.unsealing import unsealed
from collector.ledger.port import Batch, Link
from kiosk.privacy.sealing import Context, Part, seal

STREAM = "00112233445566778899aabbccddeeff"
EVENT = "entrance/v1/cho-1/event"
LIMIT_S = 20.0


@pytest.fixture
def open_keyring(keyring: Keyring) -> Keyring:
    keyring.open()
    return keyring


@pytest.fixture
def openers() -> Iterator[Openers]:
    openers = Openers(2, answer_timeout_s=1.0)
    yield openers
    openers.close()


@pytest.fixture
def batch(make_event: Callable[..., bytes], keys_folder: Path) -> Batch:
    """Visits of one person and of several numbers, one sealed for another event, and one without a link."""
    ingest = keys.public_keys(keys_folder).ingest[0]
    payloads = [make_event(1)]
    for seq in range(2, LEAST + 20):
        bare = json.loads(make_event(seq))
        ids = [["cccd", f"{number:012}"] for number in range(1 + seq % 3)]
        context = Context(bare["id"], "cho-1", STREAM, seq + (seq == 7))
        part = seal(Part.LINK, json.dumps({"ids": ids}).encode(), ingest, context)
        link = {"key": part.key, "sealed": base64.b64encode(part.ciphertext).decode()}
        payloads.append(make_event(seq, data={**bare["data"], "link": link}))
    return sort((EVENT, payload) for payload in payloads)


def begun(openers: Openers, batch: Batch, keyring: Keyring) -> Begun:
    """Once the processes take part."""
    deadline_s = time.monotonic() + LIMIT_S
    while not (begun := openers.begin(batch, keyring)).is_elsewhere:
        assert time.monotonic() < deadline_s, "no process has started"
        time.sleep(0.05)
    return begun


def test_they_find_what_the_inbox_itself_would_have_found(openers, batch, open_keyring) -> None:
    expected = unsealed(batch, open_keyring)

    assert openers.begin(batch, open_keyring).finish() == expected  # nobody waits for them
    assert begun(openers, batch, open_keyring).finish() == expected
    assert {taken.link for taken in expected.events} == set(Link)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_what_one_of_them_does_not_answer_is_opened_here(openers, batch, open_keyring, how) -> None:
    expected = unsealed(batch, open_keyring)
    begun(openers, batch, open_keyring).finish()
    hurt = openers.pids
    os.kill(hurt[0], how)

    deadline_s = time.monotonic() + LIMIT_S
    while hurt[0] in openers.pids:
        assert openers.begin(batch, open_keyring).finish() == expected
        assert time.monotonic() < deadline_s, "it is still counted on"
    assert openers.begin(batch, open_keyring).finish() == expected


def test_one_that_is_lost_is_started_again_after_a_while(openers, batch, open_keyring) -> None:
    begun(openers, batch, open_keyring).finish()
    lost = openers.pids[0]
    os.kill(lost, signal.SIGKILL)
    deadline_s = time.monotonic() + LIMIT_S

    while lost in openers.pids or len(openers.pids) < 2:
        openers.begin(batch, open_keyring).finish()
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def test_a_new_key_reaches_those_that_run_already(openers, batch, open_keyring) -> None:
    begun(openers, batch, open_keyring).finish()
    old = dict(open_keyring.opening)
    open_keyring.opening = {}

    closed = begun(openers, batch, open_keyring).finish()
    open_keyring.opening = old

    assert {taken.link for taken in closed.events} == {Link.NONE, Link.UNOPENED}
    assert begun(openers, batch, open_keyring).finish() == unsealed(batch, open_keyring)


def test_for_a_few_none_is_started(openers, batch, open_keyring) -> None:
    few = Batch(batch.events[: LEAST - 1])

    assert openers.begin(few, open_keyring).finish() == unsealed(few, open_keyring)
    assert openers.pids == []


def test_they_end_with_the_inbox_and_not_at_a_signal_before(batch, open_keyring) -> None:
    openers = Openers(1)
    begun(openers, batch, open_keyring).finish()
    (pid,) = openers.pids
    os.kill(pid, signal.SIGTERM)

    assert begun(openers, batch, open_keyring).finish() == unsealed(batch, open_keyring)
    assert openers.pids == [pid]
    openers.close()
    assert not Path(f"/proc/{pid}").exists()
