"""The table of back ends; a new one is its file, its test and one line here."""

from ranin.core.forwarding import cell, codes, feature_event, http, manual, sms
from ranin.core.forwarding.backend import Backend

BACKENDS: dict[str, Backend] = {
    module.BACKEND.name: module.BACKEND for module in (codes, feature_event, http, sms, cell, manual)
}

FOR_LINES = tuple(name for name in BACKENDS if name != cell.BACKEND.name)
"""Names a person may choose from; `cell` is for the SIM alone."""
