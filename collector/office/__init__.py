"""The pages of officers. Names stand nowhere on them."""

from collector.office.app import create_office_app

__all__ = ["create_office_app"]
