"""Frame -> readings: motion gate, decode plans, readers, and the process that runs them."""
