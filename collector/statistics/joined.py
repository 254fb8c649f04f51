"""Joins the parts of the report from the settings."""

from datetime import UTC, datetime

from collector.config import CollectorConfig
from collector.ledger.stores import reader_of
from collector.registry.sqlite_registry import SqliteRegistry
from collector.statistics.desk import ReportDesk, time_of
from collector.statistics.evening import Evening
from collector.statistics.ledger_figures import LedgerFigures


def desk_of(config: CollectorConfig) -> ReportDesk:
    folder = config.report.folder or config.ledger.file.with_name("reports")
    figures = LedgerFigures(reader_of(config.ledger))
    return ReportDesk(figures, SqliteRegistry(config.registry.file), folder)


def evening_of(config: CollectorConfig) -> Evening | None:
    """None where no report is wished for. Raise CollectorError for a time that is none."""
    if not config.report.at:
        return None
    at = time_of(config.report.at)
    return Evening(desk_of(config), at, lambda: datetime.now(UTC))
