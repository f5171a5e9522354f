"""The layers of the configuration on disk: provisioned below, changed on the phone above."""

import asyncio
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tomli_w

from ranin.config.document import ConfigError, apply, difference, parse
from ranin.core.commands import Command, KeepSettings
from ranin.core.settings import Settings

log = logging.getLogger(__name__)


class ConfigStore:
    """Reads `provisioned` and then `local`; keeps changes in `local` (mode 0600)."""

    handles = (KeepSettings,)

    def __init__(self, provisioned: Path, local: Path) -> None:
        self._provisioned = provisioned
        self._local = local
        self._base = Settings()
        self._writer = ThreadPoolExecutor(1, "config")
        self.mistakes: list[ConfigError] = []
        """What was wrong with a layer; that layer was left out."""

    def load(self) -> Settings:
        """The settings of all layers; a layer with a mistake is left out and told of."""
        self.mistakes.clear()
        self._base = self._layer(Settings(), self._provisioned)
        return self._layer(self._base, self._local)

    def _layer(self, below: Settings, path: Path) -> Settings:
        try:
            return apply(below, parse(path.read_text("utf-8"), str(path)), str(path))
        except FileNotFoundError:
            return below
        except ConfigError as error:
            log.error("%s", error)
            self.mistakes.append(error)
            return below
        except (OSError, UnicodeDecodeError) as error:
            log.error("%s cannot be read: %s", path, error)
            return below

    async def start(self, post: object) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Finish what is being written."""
        await asyncio.to_thread(self._writer.shutdown)

    def execute(self, command: Command) -> None:
        """Queue a write of the local layer; the last one written is the newest."""
        assert isinstance(command, KeepSettings)
        text = tomli_w.dumps(difference(self._base, command.settings))
        self._writer.submit(self._write, text)

    def _write(self, text: str) -> None:
        try:
            write_atomically(self._local, text)
        except OSError as error:
            log.error("settings not kept in %s: %s", self._local, error)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file so that a power cut leaves the old one or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
