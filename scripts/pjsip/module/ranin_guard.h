/* The guard: only the registered servers reach the SIP parser (see ranin_guard.c). */
#ifndef RANIN_GUARD_H
#define RANIN_GUARD_H

#ifdef __cplusplus
extern "C" {
#endif

/* Drops everything from now on that ranin_guard_allow has not named. */
void ranin_guard_start(void);

/* Forgets every allowed address: nothing is heard. */
void ranin_guard_clear(void);

/* Hears this address from now on; 0, or -1 if it is no address or there is no room. */
int ranin_guard_allow(const char *ip, int port);

/* Hears every stream of this listener (a pjsip_tpfactory) that has shown its key; NULL: of none. */
void ranin_guard_trust(const void *listener);

/* How many packets have been dropped. */
unsigned ranin_guard_dropped(void);

#ifdef __cplusplus
}
#endif
#endif
