/* The LAN: phones of one provisioning hear each other without a server.
 *
 * All of them hold one certificate and its key. Either side of a connection must prove
 * that it has the key, and trusts nothing else: the certificate is the only authority.
 * No name is checked, for every phone has the same one.
 *
 * A handshake that proves nothing fails in OpenSSL itself. PJSIP's own verification lets it
 * succeed and closes the transport afterwards: by then a stranger has a session, and what
 * is resumed is not verified again.
 */
#include "ranin_lan.h"
#include "ranin_guard.h"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#define HANDSHAKE_WITHIN_S 5
#define DSCP_CS3 24 /* signalling (RFC 4594 section 4.1 calls it CS5; desk phones and their switches say CS3) */

static struct {
    pjsip_tpfactory *listener;
    int transport;
} lan = {NULL, -1};

static pj_bool_t is_ours(const pjsip_tls_on_verify_param *param)
{
    pj_ssl_sock_info info;

    return pj_ssl_sock_get_info(param->ssock, &info) == PJ_SUCCESS && info.verify_status == PJ_SSL_CERT_ESUCCESS;
}

static void configure(pjsua_transport_config *config, const char *ip, int port)
{
    pjsip_tls_setting *tls = &config->tls_setting;

    pjsua_transport_config_default(config);
    config->port = (unsigned)port;
    config->bound_addr = pj_str((char *)ip);
    tls->proto = PJ_SSL_SOCK_PROTO_TLS1_2 | PJ_SSL_SOCK_PROTO_TLS1_3;
    tls->require_client_cert = PJ_TRUE;
    tls->verify_client = PJ_TRUE;
    tls->verify_server = PJ_FALSE; /* by is_ours: PJSIP would check the name as well */
    tls->on_verify_cb = &is_ours;
    tls->timeout.sec = HANDSHAKE_WITHIN_S;
    tls->reuse_addr = PJ_TRUE;
    tls->qos_params.flags = PJ_QOS_PARAM_HAS_DSCP;
    tls->qos_params.dscp_val = DSCP_CS3;
}

/* The build starts no listener by itself: lines open their connections, and nobody may connect to them. */
static pj_status_t listen_at(int transport, const char *ip, int port)
{
    pjsip_tpfactory *listener = pjsua_var.tpdata[transport].data.factory;
    pj_str_t text = pj_str((char *)ip);
    pj_sockaddr address;
    pj_status_t status = pj_sockaddr_init(pj_AF_INET(), &address, &text, (pj_uint16_t)port);

    if (status == PJ_SUCCESS)
        status = pjsip_tls_transport_lis_start(listener, &address, NULL);
    if (status == PJ_SUCCESS) {
        pjsua_var.tpdata[transport].local_name = listener->addr_name;
        lan.listener = listener;
        lan.transport = transport;
        ranin_guard_trust(listener);
    }
    return status;
}

int ranin_lan_open(const char *ip, int port, const char *certificate, const char *key)
{
    pjsua_transport_config config;
    pjsua_transport_id id;

    if (lan.listener != NULL)
        return -1;
    configure(&config, ip, port);
    config.tls_setting.ca_buf = config.tls_setting.cert_buf = pj_str((char *)certificate);
    config.tls_setting.privkey_buf = pj_str((char *)key);
    if (pjsua_transport_create(PJSIP_TRANSPORT_TLS, &config, &id) != PJ_SUCCESS)
        return -1;
    if (listen_at(id, ip, port) != PJ_SUCCESS) {
        pjsua_transport_close(id, PJ_FALSE);
        return -1;
    }
    return id;
}

/* Streams outlive their listener, and the next one may lie at its address: none of them may be taken for its own. */
static void shut_streams(void)
{
    pjsip_tpmgr_shutdown_param param;

    pjsip_tpmgr_shutdown_param_default(&param);
    param.include_udp = PJ_FALSE;
    param.force = PJ_TRUE;
    pjsip_tpmgr_shutdown_all(pjsip_endpt_get_tpmgr(pjsua_get_pjsip_endpt()), &param);
}

void ranin_lan_close(int transport)
{
    if (lan.listener == NULL || transport != lan.transport)
        return;
    ranin_guard_trust(NULL);
    lan.listener = NULL;
    lan.transport = -1;
    shut_streams();
    pjsua_transport_close(transport, PJ_FALSE);
}

int ranin_lan_carries(int call)
{
    const pjsip_inv_session *session;

    if (lan.listener == NULL || call < 0 || call >= (int)pjsua_var.ua_cfg.max_calls)
        return 0;
    session = pjsua_var.calls[call].inv;
    return session != NULL && session->invite_tsx != NULL && session->invite_tsx->transport != NULL &&
           session->invite_tsx->transport->factory == lan.listener;
}
