"""Decoders behind one protocol, one file a reader. Which one is used is chosen in the settings."""
