"""Things with wires: cameras, lights, boards, the watchdog. A leaf that knows nothing of health or visits."""
