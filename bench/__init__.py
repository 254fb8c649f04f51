"""Benchmarks, each against a named peer in the same run. See docs/benchmarks.md."""
