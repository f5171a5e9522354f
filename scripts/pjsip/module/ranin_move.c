/* Another address for a line and its calls, without an end to either.
 *
 * pjsua2 changes an account's transport, and a confirmed call's by re-INVITE. What it has no
 * words for is here: the old Contact at the registrar, calls that still ring, requests that
 * were lost with the old way. Everything runs on the one thread that polls the endpoint.
 */
#include "ranin_move.h"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

static char contact_text[PJSIP_MAX_URL_SIZE];

const char *ranin_move_contact(int account)
{
    const pj_str_t *contact;

    contact_text[0] = '\0';
    if (!pjsua_acc_is_valid(account))
        return contact_text;
    contact = &pjsua_var.acc[account].contact;
    if (contact->slen > 0 && contact->slen < (pj_ssize_t)sizeof(contact_text)) {
        pj_memcpy(contact_text, contact->ptr, contact->slen);
        contact_text[contact->slen] = '\0';
    }
    return contact_text;
}

int ranin_move_unbind(int account, const char *contact)
{
    pj_str_t old = pj_str((char *)contact);
    pjsua_acc *acc;

    if (!pjsua_acc_is_valid(account))
        return -1;
    acc = &pjsua_var.acc[account];
    if (acc->regc == NULL || pjsip_regc_update_contact(acc->regc, 1, &old) != PJ_SUCCESS)
        return -1;
    return pjsip_regc_update_contact(acc->regc, 1, &acc->reg_contact) == PJ_SUCCESS ? 0 : -1;
}

void ranin_move_leave(int account)
{
    pjsip_regc_info info;

    if (!pjsua_acc_is_valid(account) || pjsua_var.acc[account].regc == NULL ||
        pjsip_regc_get_info(pjsua_var.acc[account].regc, &info) != PJ_SUCCESS || info.transport == NULL)
        return;
    if ((info.transport->flag & PJSIP_TRANSPORT_DATAGRAM) == 0)
        pjsip_transport_shutdown(info.transport);
}

static pjsip_transport_type_e type_of(const pjsip_tpselector *selector)
{
    if (selector->type == PJSIP_TPSELECTOR_TRANSPORT)
        return (pjsip_transport_type_e)selector->u.transport->key.type;
    return selector->type == PJSIP_TPSELECTOR_LISTENER ? selector->u.listener->type : PJSIP_TRANSPORT_UNSPECIFIED;
}

/* The server knows a call by its Via: the answer may come from elsewhere. A stream is made, or
 * found, when the answer is sent, as if the old one had closed (RFC 3261 section 18.2.2).
 */
static void answer_from(pjsip_transaction *tsx, const pjsip_tpselector *selector)
{
    if (tsx->tp_st_key != NULL)
        pjsip_transport_remove_state_listener(tsx->transport, tsx->tp_st_key, tsx);
    tsx->tp_st_key = NULL;
    pjsip_transport_dec_ref(tsx->transport);
    pjsip_tsx_set_transport(tsx, selector);
    tsx->transport = tsx->res_addr.transport = NULL;
    if (selector->type == PJSIP_TPSELECTOR_TRANSPORT) {
        tsx->transport = tsx->res_addr.transport = selector->u.transport;
        pjsip_transport_add_ref(tsx->transport);
    } else {
        tsx->addr_len = tsx->res_addr.addr_len = 0;
    }
}

static void set_contact(pjsip_dialog *dlg, const pj_str_t *contact)
{
    const pj_str_t name = {"Contact", 7};
    pjsip_contact_hdr *header;
    pj_str_t text;

    pj_strdup_with_null(dlg->pool, &text, contact);
    header = (pjsip_contact_hdr *)pjsip_parse_hdr(dlg->pool, &name, text.ptr, text.slen, NULL);
    if (header != NULL)
        dlg->local.contact = header;
}

int ranin_move_early(int call_id)
{
    pjsip_tpselector selector;
    pjsip_inv_session *inv;
    pjsip_transaction *tsx;
    pjsip_dialog *dlg;
    pjsua_acc *acc;

    if (call_id < 0 || call_id >= (int)pjsua_call_get_max_count() || pjsua_var.calls[call_id].inv == NULL)
        return -1;
    inv = pjsua_var.calls[call_id].inv;
    tsx = inv->invite_tsx;
    dlg = inv->dlg;
    acc = &pjsua_var.acc[pjsua_var.calls[call_id].acc_id];
    if (tsx == NULL || inv->state >= PJSIP_INV_STATE_CONNECTING)
        return -1;
    pjsip_dlg_inc_lock(dlg);
    pjsua_init_tpselector(acc->index, &selector);
    pjsip_dlg_set_transport(dlg, &selector);
    if (tsx->role == PJSIP_ROLE_UAS) {
        if (tsx->transport != NULL && tsx->transport->key.type == (long)type_of(&selector))
            answer_from(tsx, &selector);
        if (acc->contact.slen > 0)
            set_contact(dlg, &acc->contact);
    }
    pjsip_dlg_dec_lock(dlg);
    return 0;
}

void ranin_move_abandon(int call_id)
{
    pjsip_inv_session *inv;
    pjsip_dialog *dlg;

    if (call_id < 0 || call_id >= (int)pjsua_call_get_max_count() || pjsua_var.calls[call_id].inv == NULL)
        return;
    inv = pjsua_var.calls[call_id].inv;
    if (inv->state != PJSIP_INV_STATE_CONFIRMED || inv->invite_tsx == NULL || inv->invite_tsx->role != PJSIP_ROLE_UAC)
        return;
    dlg = inv->dlg;
    pjsip_dlg_inc_lock(dlg);
    pjsip_tsx_terminate(inv->invite_tsx, PJSIP_SC_REQUEST_TIMEOUT);
    pjsip_dlg_dec_lock(dlg);
}

void ranin_move_forbear(int on)
{
    pjsip_cfg()->endpt.keep_inv_after_tsx_timeout = on ? PJ_TRUE : PJ_FALSE;
}
