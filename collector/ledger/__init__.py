"""What has happened at all doors, each event once, whatever came twice, late or out of order.

`port` says what a ledger takes and can be asked; `sqlite_*` is the one in a single file. `progress` is the arithmetic
that every store shares.
"""
