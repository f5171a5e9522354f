/* The LAN: phones of one provisioning hear each other without a server (see ranin_lan.c). */
#ifndef RANIN_LAN_H
#define RANIN_LAN_H

#ifdef __cplusplus
extern "C" {
#endif

/* Listens for the other phones there; certificate and key are PEM texts. The transport's id, or -1. */
int ranin_lan_open(const char *ip, int port, const char *certificate, const char *key);

/* Listens no more, and hears nothing of the connections there are. */
void ranin_lan_close(int transport);

/* Whether an incoming call came from another phone; ask while it is not answered. */
int ranin_lan_carries(int call);

#ifdef __cplusplus
}
#endif
#endif
