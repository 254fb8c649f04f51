"""A province on one machine: many light kiosks, real wire, broker and collector. `kiosk simulate --fleet` runs it."""
