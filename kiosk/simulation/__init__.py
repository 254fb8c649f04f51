"""The whole system on one machine: simulated hardware, real software. What `kiosk simulate` and `setup.sh try` run."""
