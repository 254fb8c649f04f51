"""Outbox -> MQTT -> receipts: the one process of the kiosk that touches the network."""
