"""Which pseudonyms are one person, how long they stay on record, and what a person may ask about it."""
