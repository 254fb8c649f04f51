"""How a new kiosk becomes one of its venue's: it reads a code, asks the collector, and keeps what it was given, whole
or not at all."""
