/* Text that has come in calls (RFC 4103), kept for the thread that polls (see ranin_text.c). */
#ifndef RANIN_TEXT_H
#define RANIN_TEXT_H

#ifdef __cplusplus
extern "C" {
#endif

/* What has come in the call since this was last asked, as it came; valid until the next call. */
const char *ranin_text_take(int call);

/* Call after the endpoint's start. */
void ranin_text_start(void);

#ifdef __cplusplus
}
#endif
#endif
