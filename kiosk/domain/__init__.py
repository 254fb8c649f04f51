"""Values and rules of the entrance.

Standard library only; no I/O, no clock, no threads, no randomness: time and facts are passed in.
"""
