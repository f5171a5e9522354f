/* What is answered to requests that are wrong, or that nothing here serves (see ranin_strict.c). */
#ifndef RANIN_STRICT_H
#define RANIN_STRICT_H

#ifdef __cplusplus
extern "C" {
#endif

/* Answers them from now on; 0, or a status of pjlib. Call after ranin_guard_start and the endpoint's start. */
int ranin_strict_start(void);

#ifdef __cplusplus
}
#endif
#endif
