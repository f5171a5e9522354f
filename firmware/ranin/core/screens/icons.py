"""State → the pictograms of the status bar."""

from ranin.core import presence, reach
from ranin.core.energy import Stage
from ranin.core.paths import Path
from ranin.core.screens.screen import Icon
from ranin.core.state import Call, LineState, Phone


def standing(phone: Phone) -> tuple[Icon, ...]:
    """What is to be known of the phone."""
    return (
        _line_icon(phone),
        *_power_icons(phone),
        *((Icon.LOCK,) if phone.lock.locked else ()),
        *((Icon.DO_NOT_DISTURB,) if phone.settings.do_not_disturb else ()),
        *((Icon.RINGER_OFF,) if not phone.settings.ringer_volume else ()),
        *((Icon.MISSED,) if phone.missed else ()),
        *((Icon.MESSAGE,) if any(line.messages for line in phone.lines) else ()),
        *((Icon.TEAM_RINGS,) if presence.ringing(phone) is not None else ()),
        *((Icon.WARNING,) if phone.lost or phone.stuck else ()),
    )


def _power_icons(phone: Phone) -> tuple[Icon, ...]:
    if phone.power.stage is Stage.MAINS:
        return ()
    return (Icon.BATTERY if phone.power.stage is Stage.BATTERY else Icon.BATTERY_LOW,)


_PATH_ICONS = {Path.DEGRADED: Icon.LTE, Path.CELL_ONLY: Icon.CELL}


def _line_icon(phone: Phone) -> Icon:
    if phone.paths.path is Path.FORWARD_ONLY:
        return Icon.FORWARD if reach.forwarded(phone) else Icon.LINE_DOWN
    if phone.paths.path in _PATH_ICONS:
        return _PATH_ICONS[phone.paths.path]
    states = {line.state for line in phone.lines}
    if LineState.REGISTERED in states:
        return Icon.LINE_UP
    return Icon.LINE_TRYING if LineState.TRYING in states else Icon.LINE_DOWN


def of_call(phone: Phone, call: Call) -> tuple[Icon, ...]:
    """What is to be known of the one call that is shown."""
    hands = (Icon.SPEAKER,) if phone.handsfree else ()
    return (*hands, *((Icon.MUTED,) if phone.muted else ()), *((Icon.LOCK,) if call.secure else ()))


def beside_calls(phone: Phone) -> tuple[Icon, ...]:
    """What is to be known while several calls are shown."""
    return (_line_icon(phone), *_power_icons(phone), *((Icon.MUTED,) if phone.muted else ()))
