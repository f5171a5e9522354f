/* The way out: sockets bound to a pinned address leave by the interface that owns it.
 *
 * A source address alone does not choose the interface: the routes do, and they lead to
 * Ethernet for as long as its cable is in, dead or not. SO_BINDTODEVICE needs no rights
 * since Linux 5.7. Not every address is pinned: a bound socket cannot reach a server on
 * this very machine. Sockets are made on the one thread that polls the endpoint.
 */
#include "ranin_way.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include <pjlib.h>

#define MOST_ADDRESSES 16

static struct {
    pj_sockaddr pinned[MOST_ADDRESSES];
    unsigned count;
} way;

static pj_bool_t same_address(const pj_sockaddr *one, const pj_sockaddr *other)
{
    return one->addr.sa_family == other->addr.sa_family &&
           pj_memcmp(pj_sockaddr_get_addr(one), pj_sockaddr_get_addr(other), pj_sockaddr_get_addr_len(one)) == 0;
}

static pj_bool_t has_address(const struct ifaddrs *row, const pj_sockaddr *address)
{
    return row->ifa_addr != NULL && (row->ifa_flags & IFF_UP) != 0 &&
           (row->ifa_addr->sa_family == pj_AF_INET() || row->ifa_addr->sa_family == pj_AF_INET6()) &&
           same_address((const pj_sockaddr *)row->ifa_addr, address);
}

/* The name of the interface that owns the address, without an alias' label. */
static pj_bool_t owner_of(const pj_sockaddr *address, char name[IF_NAMESIZE])
{
    struct ifaddrs *rows, *row;

    if (getifaddrs(&rows) != 0)
        return PJ_FALSE;
    for (row = rows; row != NULL && !has_address(row, address); row = row->ifa_next)
        ;
    if (row != NULL) {
        strncpy(name, row->ifa_name, IF_NAMESIZE - 1);
        name[IF_NAMESIZE - 1] = '\0';
        name[strcspn(name, ":")] = '\0';
    }
    freeifaddrs(rows);
    return row != NULL;
}

static unsigned place_of(const pj_sockaddr *address)
{
    unsigned i;

    for (i = 0; i < way.count && !same_address(&way.pinned[i], address); ++i)
        ;
    return i;
}

/* A failure leaves the socket to the routes: before Linux 5.7 this is not permitted. */
static void bind_to_owner(pj_sock_t sock, const pj_sockaddr_t *address)
{
    char name[IF_NAMESIZE];

    if (place_of((const pj_sockaddr *)address) == way.count || !owner_of((const pj_sockaddr *)address, name))
        return;
    if (setsockopt((int)sock, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name) + 1) != 0)
        PJ_LOG(2, ("ranin_way.c", "not bound to %s (%s): the routes decide", name, strerror(errno)));
}

static pj_bool_t parse(const char *ip, pj_sockaddr *address)
{
    pj_str_t text = pj_str((char *)ip);
    int family = pj_strchr(&text, ':') ? pj_AF_INET6() : pj_AF_INET();

    return pj_sockaddr_init(family, address, NULL, 0) == PJ_SUCCESS &&
           pj_inet_pton(family, &text, pj_sockaddr_get_addr(address)) == PJ_SUCCESS;
}

int ranin_way_pin(const char *ip)
{
    char name[IF_NAMESIZE];
    pj_sockaddr address;

    if (!parse(ip, &address) || !owner_of(&address, name))
        return 0;
    if (place_of(&address) == way.count) {
        if (way.count == MOST_ADDRESSES)
            return 0;
        way.pinned[way.count++] = address;
    }
    pj_sock_before_bind = &bind_to_owner;
    return (int)if_nametoindex(name);
}

void ranin_way_unpin(const char *ip)
{
    pj_sockaddr address;
    unsigned place;

    if (!parse(ip, &address) || (place = place_of(&address)) == way.count)
        return;
    way.pinned[place] = way.pinned[--way.count];
}
