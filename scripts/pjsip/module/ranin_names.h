/* Names that the daemon has looked up (see ranin_names.c). */
#ifndef RANIN_NAMES_H
#define RANIN_NAMES_H

#ifdef __cplusplus
extern "C" {
#endif

/* PJSIP asks here for every address from now on. Call after the endpoint's start; 0, or a status of pjlib. */
int ranin_names_start(void);

/* `name` is at `ip` from now on; 0, or -1 if that is no address or there is no room. */
int ranin_names_set(const char *name, const char *ip);

#ifdef __cplusplus
}
#endif
#endif
