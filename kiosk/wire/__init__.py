"""What crosses the network, in one room: topics, events, receipts, status and health (docs/wire.md).

Values and their bytes only; no connection, no clock. Decoders take hostile input and raise nothing but `WireError`.
"""
