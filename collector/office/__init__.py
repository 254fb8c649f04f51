"""The page of those at the collector: visits as they arrive, and how each kiosk is doing. Nobody is named here."""
