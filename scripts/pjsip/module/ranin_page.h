/* The sound of a page, RTP by multicast, on the conference bridge (see ranin_page.c). */
#ifndef RANIN_PAGE_H
#define RANIN_PAGE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Puts what comes out of a datagram socket on the bridge; its slot, or a negative errno. A datagram is
 * a packet's timestamp, four bytes, and its payload, of the static payload type `type` (RFC 3551).
 * The descriptor is ours from now on, whatever comes of it. */
int ranin_page_hear(int descriptor, int type);

/* Sends what the bridge gives it as RTP into a connected datagram socket; its slot, or a negative errno.
 * The descriptor is ours from now on, whatever comes of it. */
int ranin_page_speak(int descriptor, int type);

/* Takes it off the bridge and closes its socket at once. */
void ranin_page_leave(int slot);

#ifdef __cplusplus
}
#endif
#endif
