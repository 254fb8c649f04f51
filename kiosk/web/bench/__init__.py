"""The bench page of `try` mode: a door that fits on a desk. Nothing of it runs on a real kiosk."""

from kiosk.web.bench.app import create_bench_app

__all__ = ["create_bench_app"]
