/* Names: where the daemon has found a server, PJSIP does not look for it.
 *
 * A certificate is for a name. PJSIP checks the one that it was told to call, so that it must be told
 * the name and still go to the one address that the daemon has chosen and the guard hears.
 * Everything here runs on the one thread that polls the endpoint.
 */
#include "ranin_names.h"

#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

#define MOST_NAMES 64
#define LONGEST_NAME 256

static struct {
    struct {
        char name[LONGEST_NAME];
        pj_sockaddr address;
    } known[MOST_NAMES];
    unsigned count;
} names;

static pj_bool_t parse(const pj_str_t *text, pj_sockaddr *address)
{
    int family = pj_strchr(text, ':') ? pj_AF_INET6() : pj_AF_INET();

    return pj_sockaddr_init(family, address, NULL, 0) == PJ_SUCCESS &&
           pj_inet_pton(family, text, pj_sockaddr_get_addr(address)) == PJ_SUCCESS;
}

static unsigned place_of(const pj_str_t *name)
{
    unsigned i;

    for (i = 0; i < names.count && pj_stricmp2(name, names.known[i].name) != 0; ++i)
        ;
    return i;
}

/* What is neither known nor an address comes from a server (a Record-Route, a Contact): it is asked for as PJSIP does. */
static pj_status_t find(const pj_str_t *host, pj_sockaddr *address)
{
    unsigned place = place_of(host), count = 1;
    pj_addrinfo found;

    if (place < names.count) {
        *address = names.known[place].address;
        return PJ_SUCCESS;
    }
    if (parse(host, address))
        return PJ_SUCCESS;
    if (pj_getaddrinfo(pj_AF_UNSPEC(), host, &count, &found) != PJ_SUCCESS || count == 0)
        return PJ_ERESOLVE; /* sip_transaction.c makes 502 of this one alone */
    *address = found.ai_addr;
    return PJ_SUCCESS;
}

/* RFC 3263 section 4.1, as far as a target says it. */
static int type_of(const pjsip_host_info *target, const pj_sockaddr *address)
{
    int type = target->type & ~PJSIP_TRANSPORT_IPV6;

    if (type == PJSIP_TRANSPORT_UNSPECIFIED) {
        type = (target->flag & PJSIP_TRANSPORT_SECURE)     ? PJSIP_TRANSPORT_TLS
               : (target->flag & PJSIP_TRANSPORT_RELIABLE) ? PJSIP_TRANSPORT_TCP
                                                           : PJSIP_TRANSPORT_UDP;
    }
    return address->addr.sa_family == pj_AF_INET6() ? type | PJSIP_TRANSPORT_IPV6 : type;
}

static void resolve(pjsip_resolver_t *resolver, pj_pool_t *pool, const pjsip_host_info *target, void *token,
                    pjsip_resolver_callback *tell)
{
    pjsip_server_addresses found;
    pj_sockaddr *address = &found.entry[0].addr;
    pj_status_t status;
    int port = target->addr.port;

    PJ_UNUSED_ARG(resolver);
    PJ_UNUSED_ARG(pool);
    pj_bzero(&found, sizeof(found));
    status = find(&target->addr.host, address);
    if (status != PJ_SUCCESS) {
        tell(status, token, NULL);
        return;
    }
    found.count = 1;
    found.entry[0].name = target->addr.host;
    found.entry[0].type = (pjsip_transport_type_e)type_of(target, address);
    found.entry[0].addr_len = (int)pj_sockaddr_get_len(address);
    if (port == 0)
        port = pjsip_transport_get_default_port_for_type(found.entry[0].type);
    pj_sockaddr_set_port(address, (pj_uint16_t)port);
    tell(PJ_SUCCESS, token, &found);
}

int ranin_names_start(void)
{
    static pjsip_ext_resolver asked = {&resolve};

    names.count = 0;
    return pjsip_endpt_set_ext_resolver(pjsua_get_pjsip_endpt(), &asked);
}

int ranin_names_set(const char *name, const char *ip)
{
    pj_str_t asked = pj_str((char *)name), text = pj_str((char *)ip);
    pj_sockaddr address;
    unsigned place = place_of(&asked);

    if (place == MOST_NAMES || asked.slen >= LONGEST_NAME || !parse(&text, &address))
        return -1;
    if (place == names.count)
        pj_ansi_strxcpy(names.known[names.count++].name, name, LONGEST_NAME);
    names.known[place].address = address;
    return 0;
}
