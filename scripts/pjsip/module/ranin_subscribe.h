/* Subscriptions to any event package, and what their servers say by NOTIFY (see ranin_subscribe.c). */
#ifndef RANIN_SUBSCRIBE_H
#define RANIN_SUBSCRIBE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Registers the event packages that PJSUA does not know; once, after the endpoint has started. 0, or -1. */
int ranin_subscribe_start(void);

/* Subscribes as `id` on the account to a SIP URI, an empty one is the account's own, with a body or an empty one.
 * 0, or -1 if nothing can be sent. */
int ranin_subscribe(int account, int id, const char *event, const char *target, int expires_s, const char *type,
                    const char *body);

/* Asks for the whole state anew; nothing where there is no such subscription. */
void ranin_subscribe_again(int id);

/* Ends it: with `tell` the server is told so, else it learns it by the answer to its next NOTIFY. */
void ranin_subscribe_end(int id, int tell);

/* What has happened, the oldest first: "kind id code retry_after_s\nword\nbody", empty while there is nothing.
 * `accepted`: the server took a SUBSCRIBE. `notified`: the word is the body's type. `ended`: not by us; the word is
 * the reason, the code that of a refused SUBSCRIBE, 200 for the server's own end and 408 for none in time. */
const char *ranin_subscribe_take(void);

#ifdef __cplusplus
}
#endif
#endif
