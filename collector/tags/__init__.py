"""Declarations made elsewhere, for the kiosks: each day's tags under that day's key, and the endpoint that serves them.

Holds no identifiers: a tag is computed while a link is open in memory, and the link is forgotten.
"""
