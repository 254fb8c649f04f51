"""Joins the parts of the report from the settings."""

from datetime import UTC, datetime

from collector.config import CollectorConfig
from collector.errors import CollectorError
from collector.registry.sqlite_registry import SqliteRegistry
from collector.statistics.desk import ReportDesk, time_of
from collector.statistics.evening import Evening
from collector.statistics.sqlite_figures import SqliteFigures


def desk_of(config: CollectorConfig) -> ReportDesk:
    """Raise CollectorError for a ledger that keeps no sums of days."""
    if config.ledger.postgresql:
        raise CollectorError("a ledger in PostgreSQL keeps no sums of days yet: there is no report")
    folder = config.report.folder or config.ledger.file.with_name("reports")
    return ReportDesk(
        SqliteFigures(config.ledger.file), SqliteRegistry(config.registry.file), folder
    )


def evening_of(config: CollectorConfig) -> Evening | None:
    """None where no report is wished for. Raise CollectorError for a time that is none."""
    if not config.report.at:
        return None
    at = time_of(config.report.at)
    return Evening(desk_of(config), at, lambda: datetime.now(UTC))
