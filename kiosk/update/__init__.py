"""A kiosk takes a release of the program: what it fetches, and what it believes. What is done with it is
provisioning/kiosk-update's."""
