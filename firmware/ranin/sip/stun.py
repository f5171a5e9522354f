"""Asking a STUN server whether it is there (RFC 8489): PJSIP would let nobody be heard while it finds out."""

import asyncio
import secrets
import socket
import struct

ANSWER_WITHIN_S = 1.5
REPEAT_AFTER_S = 0.5
"""RTO (RFC 8489 §6.2.1)."""
_REQUEST, _SUCCESS, _COOKIE = 0x0001, 0x0101, 0x2112A442
_HEAD = struct.Struct("!HHI")


async def answers(ip: str, port: int, local_ip: str) -> bool:
    """Whether a Binding request from our address is answered."""
    request = _HEAD.pack(_REQUEST, 0, _COOKIE) + secrets.token_bytes(12)
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_DGRAM) as place:
        place.setblocking(False)
        try:
            place.bind((local_ip, 0))
            place.connect((ip, port))
            async with asyncio.timeout(ANSWER_WITHIN_S):
                while True:
                    place.send(request)
                    if await _heard(loop, place, request):
                        return True
        except (OSError, OverflowError):  # TimeoutError is one of them
            return False


async def _heard(loop: asyncio.AbstractEventLoop, place: socket.socket, request: bytes) -> bool:
    """Whether its answer comes before it is time to ask again."""
    try:
        answer = await asyncio.wait_for(loop.sock_recv(place, 1500), REPEAT_AFTER_S)
    except TimeoutError:
        return False
    return answer[:2] == _SUCCESS.to_bytes(2) and answer[4:20] == request[4:20]
