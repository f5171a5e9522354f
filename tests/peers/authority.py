"""An authority of a test's own, and the certificates that it gives."""

import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

_CONFIG = """
[ca]
default_ca = ours
[ours]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = anything
unique_subject = no
x509_extensions = names
[anything]
commonName = supplied
[names]
subjectAltName = {names}
"""
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")


class Authority:
    """Lives in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        (folder / "index.txt").touch()
        _openssl("req", "-x509", *_KEY, "-subj", "/CN=Authority", "-keyout", self._at("ca.key"), "-out", self._at("ca"))

    @property
    def pem(self) -> str:
        """What a phone is told to believe."""
        return (self._folder / "ca").read_text()

    def give(self, names: str, begins_days: int = -1, ends_days: int = 1) -> tuple[Path, Path]:
        """(certificate, key) for `DNS:localhost` or the like, valid between these days from now."""
        key, wish, made, config = (self._at(name) for name in ("key", "wish", "made", "config"))
        Path(config).write_text(_CONFIG.format(folder=self._folder, names=names))
        _openssl("req", "-new", *_KEY, "-subj", "/CN=server", "-keyout", key, "-out", wish)
        dates = [f"{datetime.now(UTC) + timedelta(days=days):%Y%m%d%H%M%SZ}" for days in (begins_days, ends_days)]
        authority = ("-config", config, "-cert", self._at("ca"), "-keyfile", self._at("ca.key"))
        _openssl("ca", "-batch", "-notext", *authority, "-in", wish, "-out", made,
                 "-startdate", dates[0], "-enddate", dates[1])  # fmt: skip
        return Path(made), Path(key)

    def server(self, names: str, begins_days: int = -1, ends_days: int = 1) -> ssl.SSLContext:
        """The server's side with such a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.give(names, begins_days, ends_days))
        return context

    def _at(self, name: str) -> str:
        return str(self._folder / name)


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)
