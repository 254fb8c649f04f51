"""What holds after any fault: shown is in the ledger, each event once, no gap, nothing personal in clear on disk."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.faults import marks

_NAMED = 5  # of many alike, this many are named


def violations(
    shown: Sequence[str],
    ledger: Iterable[Mapping[str, Any]],
    folders: Iterable[Path] = (),
    stems: Iterable[bytes] = (),
) -> list[str]:
    """One sentence for each thing that is wrong; empty when the invariant holds.

    `shown` are the ids of the visits that a visitor was shown, in order; `ledger` is what `collector ledger events`
    lists; no file under `folders` may hold one of `stems` in clear or in a usual encoding.
    """
    events = list(ledger)
    return [
        *_many("shown and not in the ledger", set(shown) - {event["id"] for event in events}),
        *_many("twice in the ledger", _repeated(event["id"] for event in events)),
        *_many("twice shown", _repeated(shown)),
        *_gaps(events),
        *_disorder(shown, events),
        *marks.hits(folders, stems),
    ]


def _gaps(events: Iterable[Mapping[str, Any]]) -> list[str]:
    streams: dict[str, list[int]] = defaultdict(list)
    for event in events:
        streams[event["stream"]].append(event["seq"])
    return [
        f"stream {stream[:8]}: {max(seqs)} is the last number of {len(set(seqs))}"
        for stream, seqs in streams.items()
        if set(seqs) != set(range(1, max(seqs) + 1))
    ]


def _disorder(shown: Sequence[str], events: Iterable[Mapping[str, Any]]) -> list[str]:
    """Numbers of one stream must rise in the order in which visitors were shown their results."""
    place = {event["id"]: (event["stream"], event["seq"]) for event in events}
    last: dict[str, int] = {}
    wrong = []
    for each in shown:
        if each in place:
            stream, seq = place[each]
            if seq < last.get(stream, 0):
                wrong.append(each)
            last[stream] = seq
    return _many("out of order", wrong)


def _repeated(ids: Iterable[str]) -> list[str]:
    return [each for each, times in Counter(ids).items() if times > 1]


def _many(what: str, ids: Iterable[str]) -> list[str]:
    found = sorted(ids)
    if not found:
        return []
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return [f"{what}: {', '.join(found[:_NAMED])}{more}"]
