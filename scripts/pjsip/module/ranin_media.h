/* What a line offers of sound, and whether a call's is encrypted (see ranin_media.c). */
#ifndef RANIN_MEDIA_H
#define RANIN_MEDIA_H

#ifdef __cplusplus
extern "C" {
#endif

/* The account offers and answers these codecs alone, in this order: names of SDP with a comma between (RFC 8866). */
void ranin_media_codecs(int account, const char *names);

/* Whether what is sent and received of the call's medium is encrypted now. */
int ranin_media_encrypted(int call, int medium);

/* Call after the endpoint's start. */
void ranin_media_start(void);

#ifdef __cplusplus
}
#endif
#endif
