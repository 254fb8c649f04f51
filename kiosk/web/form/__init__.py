"""The declaration form: one question a page, drafts in memory only, wiped by the server's own clock."""

from kiosk.web.form.drafts import Draft, Drafts
from kiosk.web.form.views import create_form

__all__ = ["Draft", "Drafts", "create_form"]
