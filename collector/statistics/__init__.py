"""How much the system is used, where, and where it is silent and why: rollups, diagnosis, the day's report."""
