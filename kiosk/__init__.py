"""The firmware of the entrance kiosk. `docs/architecture.md` shows the rooms and the line through them."""
