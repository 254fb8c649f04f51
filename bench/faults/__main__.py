"""python -m bench.faults NAME|all [--n N] [--quick] [--check] [--json FILE]"""

import importlib
import signal
import sys

from bench import faults
from bench.faults.outcome import CannotHere, Outcome
from bench.report import Report, parser_of

NAMES = ("kills", "disk", "broker", "power", "network", "clock", "damage", "hostile", "canary")


def main(argv: list[str] | None = None) -> int:
    # whoever ends us ends the processes and mounts that we have made, too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = parser_of("bench.faults", faults.__doc__ or "")
    parser.add_argument("name", choices=(*NAMES, "all"), help="the fault")
    parser.add_argument("--n", type=int, metavar="N", help="how many; each fault has its own N")
    arguments = parser.parse_args(argv)
    report = Report(f"faults {arguments.name}", arguments)
    for name in NAMES if arguments.name == "all" else (arguments.name,):
        outcome = _run(name, report)
        for line in outcome.wrong:
            print(f"{name}: {line}", file=sys.stderr)
        for figure in outcome.figures():
            report.add(figure)
    return report.finish()


def _run(name: str, report: Report) -> Outcome:
    fault = importlib.import_module(f"bench.faults.{name}")
    try:
        outcome: Outcome = fault.run(report.arguments.n, report.arguments.quick, report.progress)
    except CannotHere as reason:
        return Outcome(name, skipped=[str(reason)])
    return outcome


if __name__ == "__main__":
    raise SystemExit(main())
