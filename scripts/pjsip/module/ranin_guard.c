/* The guard: only the registered servers reach the SIP parser, and phones that have proved to be ours.
 *
 * Everything else is dropped before a byte of it is parsed, and nothing answers: no ghost
 * calls, no scanner learns that a phone is here, no challenge of a stranger is answered.
 * Everything here runs on the one thread that polls the endpoint, so there is no lock.
 */
#include "ranin_guard.h"

#include <pjsip.h>

#define MOST_ADDRESSES 64

static struct {
    pj_sockaddr allowed[MOST_ADDRESSES];
    unsigned count;
    unsigned dropped;
    const void *trusted;
} guard;

static pj_bool_t is_allowed(const pj_sockaddr *address)
{
    unsigned i;

    for (i = 0; i < guard.count; ++i) {
        if (pj_sockaddr_cmp(&guard.allowed[i], address) == 0)
            return PJ_TRUE;
    }
    return PJ_FALSE;
}

/* A stream is ours only if we opened it: its far port then is the server's. A trusted listener's have
 * shown their key, in whichever direction they were opened: nothing is received before the handshake.
 */
static pj_bool_t admit(const pjsip_rx_data *rdata)
{
    const pjsip_transport *transport = rdata->tp_info.transport;
    pj_bool_t datagram = (transport->flag & PJSIP_TRANSPORT_DATAGRAM) != 0;

    if (guard.trusted != NULL && transport->factory == guard.trusted)
        return PJ_TRUE;
    if ((datagram || transport->dir == PJSIP_TP_DIR_OUTGOING) && is_allowed(&rdata->pkt_info.src_addr))
        return PJ_TRUE;
    ++guard.dropped;
    return PJ_FALSE;
}

void ranin_guard_start(void)
{
    guard.count = 0;
    guard.dropped = 0;
    guard.trusted = NULL;
    pjsip_admit_packet = &admit;
}

void ranin_guard_clear(void)
{
    guard.count = 0;
}

int ranin_guard_allow(const char *ip, int port)
{
    pj_str_t text = pj_str((char *)ip);
    pj_sockaddr address;
    int family = pj_strchr(&text, ':') ? pj_AF_INET6() : pj_AF_INET();

    if (port < 1 || port > 65535 || guard.count == MOST_ADDRESSES)
        return -1;
    if (pj_sockaddr_init(family, &address, NULL, (pj_uint16_t)port) != PJ_SUCCESS ||
        pj_inet_pton(family, &text, pj_sockaddr_get_addr(&address)) != PJ_SUCCESS)
        return -1;
    if (!is_allowed(&address))
        guard.allowed[guard.count++] = address;
    return 0;
}

void ranin_guard_trust(const void *listener)
{
    guard.trusted = listener;
}

unsigned ranin_guard_dropped(void)
{
    return guard.dropped;
}
