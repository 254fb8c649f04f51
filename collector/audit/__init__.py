"""What was asked, released, opened and deleted, and by whom: a log that nobody can change without its being seen."""
