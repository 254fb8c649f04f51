"""What happens to the line when power, disk, network, broker, clock or a stranger do their worst.

    python -m bench.faults NAME|all [--n N] [--quick] [--check] [--json FILE]

One file a fault. Each runs the processes of a real site (bench.faults.rig), hurts one of them on purpose, counts how
often the fault really fired, and asks bench.faults.invariant what is wrong afterwards. A fault that did not fire is a
failure; what a machine cannot do is said as skipped, with the reason, and is never a success.
"""
