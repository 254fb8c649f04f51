"""The public pages: declare by phone, keep the Pass, check in and out at a venue whose poster one has scanned.

A kiosk without a camera: it seals with public keys, stores in an outbox of its own, and sends under an id of its own.
It holds no key that opens anything that is stored, here or at the collector.
"""
