"""What the kiosk keeps: the outbox on disk, and declared people in RAM only."""
