"""What the core wants remembered, as lines of the system's log."""

import logging

from ranin.core.commands import Command
from ranin.core.outage import WriteLog
from ranin.runtime.adapter import Post

log = logging.getLogger("ranin")


class Notes:
    """Writes each note as it comes."""

    handles = (WriteLog,)

    async def start(self, post: Post) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    def execute(self, command: Command) -> None:
        """Write one line."""
        assert isinstance(command, WriteLog)
        log.info("%s", command.text)
