"""Settings that are changed on the phone itself: acted on at once, and kept."""

from dataclasses import replace
from typing import Any

from ranin.core import ahead, gateway, lines, paging, presence, reach
from ranin.core.commands import KeepSettings
from ranin.core.forwarding import turns as forwarding
from ranin.core.settings import Account, Settings
from ranin.core.turn import Turn


def account_of(settings: Settings) -> Account:
    """The first account, or an empty one."""
    return settings.accounts[0] if settings.accounts else Account()


def keep(turn: Turn, **fields: Any) -> None:
    """Change settings on the phone itself, apply them and have them written."""
    new = replace(turn.phone.settings, **fields)
    if new != turn.phone.settings:
        use(turn, new)
        turn.do(KeepSettings(new))


def use(turn: Turn, new: Settings) -> None:
    """Act on these settings from now on."""
    old = turn.phone.settings
    lines.settings_changed(turn, new)
    if new.accounts != old.accounts:
        ahead.settings_changed(turn)
    forwarding.settings_changed(turn, old)
    reach.settings_changed(turn, old)
    gateway.settings_changed(turn, old)
    presence.settings_changed(turn)
    paging.settings_changed(turn, old)
