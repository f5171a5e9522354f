"""Certificates whose dates do not fit the clock: refused against a real TLS server, in words that name the clock."""

import asyncio
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ranin.core.outage import Outcome
from tests.forwarding.rig import answering, rig

CONFIG = """
[ca]
default_ca = ours
[ours]
dir = {folder}
database = $dir/index.txt
new_certs_dir = $dir
rand_serial = yes
default_md = sha256
policy = anything
x509_extensions = names
[anything]
commonName = supplied
[names]
subjectAltName = IP:127.0.0.1
"""


async def openssl(*words: str) -> None:
    await asyncio.to_thread(subprocess.run, ["openssl", *words], check=True, capture_output=True)


async def certificate(folder: Path, begins_days: int, ends_days: int) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(the server's side, the client's) of a certificate valid between these days from now, trusted as it is."""
    key, asked, made, config = (str(folder / name) for name in ("key.pem", "asked.pem", "made.pem", "ca.conf"))
    Path(config).write_text(CONFIG.format(folder=folder))
    (folder / "index.txt").touch()
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    await openssl("req", "-new", *kind, "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", asked)
    dates = [f"{datetime.now(UTC) + timedelta(days=days):%Y%m%d%H%M%SZ}" for days in (begins_days, ends_days)]
    words = ("-config", config, "-keyfile", key, "-in", asked, "-out", made, "-notext")
    await openssl("ca", "-batch", "-selfsign", *words, "-startdate", dates[0], "-enddate", dates[1])
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made, key)
    return server, ssl.create_default_context(cafile=made)


@pytest.mark.parametrize(
    ("begins_days", "ends_days", "says"),
    [
        (1, 2, "127.0.0.1 has a certificate that is not valid yet, or the phone's clock is wrong"),
        (-2, -1, "127.0.0.1 has a certificate that has expired, or the phone's clock is wrong"),
    ],
)
async def test_a_date_that_does_not_fit_is_refused_and_names_the_clock(
    tmp_path: Path, begins_days: int, ends_days: int, says: str
) -> None:
    server, client = await certificate(tmp_path, begins_days, ends_days)
    async with rig(answering(200), tls=server, trusted=client) as built:
        tried = await built.order(built.custom())
    assert tried.outcome is Outcome.FAILED and tried.detail == says


async def test_the_same_certificate_within_its_dates_is_good(tmp_path: Path) -> None:
    server, client = await certificate(tmp_path, -1, 1)
    async with rig(answering(200), tls=server, trusted=client) as built:
        assert (await built.order(built.custom())).outcome is Outcome.DONE
