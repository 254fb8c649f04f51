"""A day of a whole province, held against its truth: `kiosk simulate --fleet --check` with a ledger in a file, and
with one in a PostgreSQL of its own.

    python -m bench.fleet [--quick] [--check] [--json FILE] [--kiosks N] [--speed S]

The full run takes half an hour: 1,000 kiosks at 60 times the speed of this machine, and a tenth of them in PostgreSQL
at five times that. There is no peer: what is right is known, for it was made up.
"""

import signal
import sys
import threading

from bench.postgres_server import NotInstalled, PostgresServer
from bench.report import Figure, Report, parser_of
from kiosk.simulation.fleet.run import Options, play

KIOSKS, SPEED = 1_000, 60.0
QUICK_KIOSKS, QUICK_SPEED = 40, 1_200.0
HOURS, SEED = 12.0, 1
# PostgreSQL is asked the same of a smaller province
SMALLER, FASTER = 10, 5


def main(argv: list[str] | None = None) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = parser_of("bench.fleet", __doc__ or "")
    parser.add_argument("--kiosks", type=int, help=f"{KIOSKS:,}, or {QUICK_KIOSKS} in a quick run")
    parser.add_argument("--speed", type=float, help=f"{SPEED:g}, or {QUICK_SPEED:g}")
    report = Report("fleet", parser.parse_args(argv))
    arguments = report.arguments
    kiosks = arguments.kiosks or (QUICK_KIOSKS if arguments.quick else KIOSKS)
    speed = arguments.speed or (QUICK_SPEED if arguments.quick else SPEED)
    # a restarted broker takes a minute and more, at the pace of a true kiosk
    _play(report, "file", kiosks, speed, stampede=not arguments.quick)
    if not arguments.quick:
        _in_postgresql(report, max(1, kiosks // SMALLER), speed * FASTER)
    return report.finish()


def _in_postgresql(report: Report, kiosks: int, speed: float) -> None:
    try:
        server = PostgresServer()
    except NotInstalled as why:
        report.progress(f"left out: {why}")
        return
    try:
        server.start()
        _play(report, "PostgreSQL", kiosks, speed, where=server.where, stampede=False)
    finally:
        server.remove()


def _play(
    report: Report, store: str, kiosks: int, speed: float, *, where: str = "", stampede: bool
) -> None:
    report.progress(f"{store}: {kiosks:,} kiosks for a day")
    options = Options(
        kiosks=kiosks,
        hours=HOURS,
        speed=speed,
        seed=SEED,
        check=True,
        folder=None,
        postgresql=where,
        stampede=stampede,
    )
    for each in play(options, threading.Event()):
        report.add(
            Figure(
                f"{store}, {kiosks:,} kiosks: {each.name}",
                each.value,
                each.goal,
                higher_is_better=each.at_least,
                bound=each.note,
            )
        )


if __name__ == "__main__":
    sys.exit(main())
