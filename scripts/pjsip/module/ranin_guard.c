/* The guard: only the registered servers reach the SIP parser, and phones that have proved to be ours.
 *
 * Everything else is dropped before a byte of it is parsed, and nothing answers: no ghost
 * calls, no scanner learns that a phone is here, no challenge of a stranger is answered.
 * Everything here runs on the one thread that polls the endpoint, so there is no lock.
 */
#include "ranin_guard.h"

#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

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

/* RFC 3261 section 8.2.1: a method that is not known is answered 405 with Allow. */
static pj_bool_t answer_unknown(pjsip_rx_data *rdata)
{
    const pjsip_hdr *allow = pjsip_endpt_get_capability(pjsua_get_pjsip_endpt(), PJSIP_H_ALLOW, NULL);
    pjsip_hdr headers;

    if (rdata->msg_info.msg->line.req.method.id == PJSIP_ACK_METHOD)
        return PJ_TRUE;
    pj_list_init(&headers);
    if (allow != NULL)
        pj_list_push_back(&headers, pjsip_hdr_clone(rdata->tp_info.pool, allow));
    pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), rdata, PJSIP_SC_METHOD_NOT_ALLOWED, NULL, &headers, NULL);
    return PJ_TRUE;
}

static pjsip_module unknown_methods = {
    NULL, NULL,                           /* prev, next */
    {"mod-ranin-unknown", 17},            /* name */
    -1,                                   /* id */
    PJSIP_MOD_PRIORITY_APPLICATION + 64,  /* after everybody else */
    NULL, NULL, NULL, NULL,               /* load, start, stop, unload */
    &answer_unknown,                      /* on_rx_request */
    NULL, NULL, NULL, NULL                /* responses, tsx states */
};

int ranin_guard_answer_unknown(void)
{
    return pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &unknown_methods);
}
