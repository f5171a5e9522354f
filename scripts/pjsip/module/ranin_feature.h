/* as-feature-event: a forward set by SUBSCRIBE, and what the server says of it by NOTIFY (see ranin_feature.c). */
#ifndef RANIN_FEATURE_H
#define RANIN_FEATURE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Registers the event package; once, after the endpoint has started. 0, or -1. */
int ranin_feature_start(void);

/* Subscribes on the account with this body, an empty one only asks. 0, or -1 if nothing can be sent. */
int ranin_feature_subscribe(int account, int order, const char *body);

/* The oldest answer: "order code\nbody", where a NOTIFY has code 0. Empty while there is none. */
const char *ranin_feature_take(void);

#ifdef __cplusplus
}
#endif
#endif
