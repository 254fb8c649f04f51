"""Masking for eyes, pseudonyms for memory, sealing for the wire."""
