"""The other end of the line: takes events in, keeps the ledger, answers. Nothing here runs on a kiosk."""
