"""The only place that joins the parts of a process: one file a process, so that each imports no more than it needs."""
