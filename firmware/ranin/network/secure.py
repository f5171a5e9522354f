"""A flow over TLS: the server must prove its name, as it must to the SIP engine."""

import asyncio
import ssl
from typing import Self

from ranin.core.words import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NAME,
    CERTIFICATE_TOO_NEW,
    CERTIFICATE_UNKNOWN,
    CERTIFICATE_WRONG,
)
from ranin.network.flow import Flow, connected
from ranin.network.interfaces import Interface

_WORDS = {
    2: CERTIFICATE_UNKNOWN,
    9: CERTIFICATE_TOO_NEW,
    10: CERTIFICATE_EXPIRED,
    18: CERTIFICATE_UNKNOWN,
    19: CERTIFICATE_UNKNOWN,
    20: CERTIFICATE_UNKNOWN,
    21: CERTIFICATE_UNKNOWN,
    62: CERTIFICATE_NAME,
    64: CERTIFICATE_NAME,
}
"""X509_V_ERR_… of OpenSSL."""


def context(authority: str) -> ssl.SSLContext:
    """Believes `authority` (PEM) alone, or those of the system. Raises ssl.SSLError for a text that is none."""
    made = ssl.create_default_context(cadata=authority or None)
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT  # Python 3.13 alone is so strict; the engine is as OpenSSL is
    return made


def words(error: ssl.SSLCertVerificationError) -> str:
    """What is wrong with a certificate."""
    return _WORDS.get(error.verify_code, CERTIFICATE_WRONG)


class SecureFlow(Flow):
    """A connection to a server that has proved its name."""

    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter

    @classmethod
    async def prove(cls, interface: Interface, ip: str, port: int, name: str, trusted: ssl.SSLContext) -> Self:
        """Raises OSError, of which ssl.SSLCertVerificationError is one; OverflowError for a port that is none."""
        made = await connected(interface, ip, port, True)
        try:
            reader, writer = await asyncio.open_connection(sock=made, ssl=trusted, server_hostname=name)
        except BaseException:
            made.close()
            raise
        flow = cls(made)
        flow._reader, flow._writer = reader, writer
        return flow

    @property
    def local(self) -> tuple[str, int]:
        """Our own address and port."""
        address, port = self._writer.get_extra_info("sockname")[:2]
        return address, port

    async def _send(self, message: bytes) -> None:
        self._writer.write(message)
        await self._writer.drain()

    async def _receive(self) -> bytes:
        return await self._reader.read(65535)

    def close(self) -> None:
        """Let go of the connection, without waiting for the server to agree."""
        self._writer.transport.abort()
