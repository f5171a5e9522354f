"""A modem's voice port: opened in the daemon, handed to the SIP engine over its socket."""

import asyncio
import os
import socket
import termios

_MARK = b"\n"
"""A descriptor must travel with a byte; an empty line is no message."""


def open_port(device: str) -> int:
    """A descriptor of the serial port, raw. Raises OSError."""
    descriptor = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _make_raw(descriptor)
    except termios.error as error:
        os.close(descriptor)
        raise OSError(*error.args) from error
    return descriptor


def _make_raw(descriptor: int) -> None:
    """Bytes as they are, no modem lines; what waited there is older than the call."""
    attributes = termios.tcgetattr(descriptor)
    characters = attributes[6]
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0  # else an empty port reads as its end
    control = termios.CS8 | termios.CREAD | termios.CLOCAL
    speed = termios.B115200  # USB does not care
    termios.tcsetattr(descriptor, termios.TCSANOW, [0, 0, control, 0, speed, speed, characters])
    termios.tcflush(descriptor, termios.TCIOFLUSH)


def hand_over(writer: asyncio.StreamWriter, descriptor: int) -> None:
    """Send the descriptor and close it here. Raises OSError when the engine does not take it now.

    The stream cannot carry descriptors, so it goes past it: only while nothing waits in the stream, so that
    what is written next comes after it.
    """
    try:
        if writer.transport.get_write_buffer_size():
            raise OSError("the SIP engine is behind with its orders")
        with writer.get_extra_info("socket").dup() as connection:
            socket.send_fds(connection, [_MARK], [descriptor])
    finally:
        os.close(descriptor)
