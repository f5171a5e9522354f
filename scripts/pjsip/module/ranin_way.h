/* Sockets that leave by the interface that owns their address (see ranin_way.c). */
#ifndef RANIN_WAY_H
#define RANIN_WAY_H

#ifdef __cplusplus
extern "C" {
#endif

/* Binds sockets of this address to the interface that owns it, from now on; its index, or 0 if none does. */
int ranin_way_pin(const char *ip);

/* Leaves sockets of this address to the routes again. */
void ranin_way_unpin(const char *ip);

#ifdef __cplusplus
}
#endif
#endif
