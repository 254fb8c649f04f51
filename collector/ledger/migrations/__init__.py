"""The tables in a file, step by step. A step that has been released is never edited: the next change is a new step.

Times are milliseconds since 1970, UTC. Ids are NOT NULL although they are keys: SQLite lets a key that is no integer be
NULL, any number of times.
"""

from sqlite_utils.migrations import Migrations

from collector.ledger.migrations import chain, derived, events, people

migrations = Migrations("collector")
# in this order, by their names; those that a file has had are told by them
for step in (
    events.m001_events_streams_quarantine_counts,
    chain.m002_chain_clocks_people_ledger_id,
    chain.m003_sworn_heads,
    people.m004_people,
    people.m005_what_is_left_of_events,
    derived.m006_stays,
    derived.m007_days,
    chain.m008_hashes_of_what_was_set_aside,
    events.m009_which_release_runs,
):
    migrations()(step)
