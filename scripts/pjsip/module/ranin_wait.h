/* How long the thread that polls the endpoint may sleep (see ranin_wait.c). */
#ifndef RANIN_WAIT_H
#define RANIN_WAIT_H

#ifdef __cplusplus
extern "C" {
#endif

/* Milliseconds until the endpoint's next timer, 1 to most. Call after the endpoint's start. */
int ranin_wait_ms(int most);

#ifdef __cplusplus
}
#endif
#endif
