/* Subscriptions to as-feature-event, one for each order.
 *
 * PJSUA knows the events that phones show; this one is set as well as shown, so it is subscribed to here,
 * through PJSIP's event framework, which answers challenges and NOTIFYs. A subscription ends with its first
 * NOTIFY that has a body. Everything here runs on the one thread that polls the endpoint.
 */
#include "ranin_feature.h"

#include <pjsip_simple.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#define EXPIRES_S 60
#define MOST_ANSWERS 8
#define LONGEST 8192

static const pj_str_t EVENT = {"as-feature-event", 16};
static const pj_str_t CONTENT_TYPE = {"application", 11}, CONTENT_SUBTYPE = {"x-as-feature-event+xml", 22};

static struct {
    char text[MOST_ANSWERS][LONGEST];
    unsigned first, count;
} answers;

static pjsip_module module = {
    NULL, NULL, {"mod-ranin-feature", 17}, -1, PJSIP_MOD_PRIORITY_DIALOG_USAGE,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
};

/* The order rides in the module's data of its subscription, one more than it is: no order is NULL. */
static int order_of(pjsip_evsub *sub)
{
    return (int)(pj_ssize_t)pjsip_evsub_get_mod_data(sub, module.id) - 1;
}

static void keep(int order, int code, const char *body, unsigned length)
{
    unsigned place = (answers.first + answers.count) % MOST_ANSWERS;

    if (order < 0 || answers.count == MOST_ANSWERS)
        return;
    if (length > LONGEST - 64)
        length = LONGEST - 64;
    snprintf(answers.text[place], LONGEST, "%d %d\n%.*s", order, code, (int)length, body);
    ++answers.count;
}

static void on_state(pjsip_evsub *sub, pjsip_event *event)
{
    int code = 0;

    if (pjsip_evsub_get_state(sub) != PJSIP_EVSUB_STATE_TERMINATED)
        return;
    if (event != NULL && event->type == PJSIP_EVENT_TSX_STATE)
        code = event->body.tsx_state.tsx->status_code;
    keep(order_of(sub), code != 0 ? code : PJSIP_SC_REQUEST_TIMEOUT, "", 0);
    pjsip_evsub_set_mod_data(sub, module.id, NULL);
}

/* The final answer to SUBSCRIBE: what is refused ends the subscription, and comes through on_state. */
static void on_transaction(pjsip_evsub *sub, pjsip_transaction *tsx, pjsip_event *event)
{
    (void)event;
    if (tsx->role == PJSIP_ROLE_UAC && tsx->state == PJSIP_TSX_STATE_COMPLETED && tsx->status_code / 100 == 2)
        keep(order_of(sub), tsx->status_code, "", 0);
}

static void on_notify(pjsip_evsub *sub, pjsip_rx_data *rdata, int *code, pj_str_t **text, pjsip_hdr *headers,
                      pjsip_msg_body **answer)
{
    const pjsip_msg_body *body = rdata->msg_info.msg->body;

    (void)text;
    (void)headers;
    (void)answer;
    *code = PJSIP_SC_OK;
    if (body != NULL && body->len > 0)
        keep(order_of(sub), 0, body->data, body->len);
}

static pjsip_evsub_user callbacks = {&on_state, &on_transaction, NULL, &on_notify, NULL, NULL};

int ranin_feature_start(void)
{
    pj_str_t accept = {"application/x-as-feature-event+xml", 34};

    answers.first = answers.count = 0;
    module.id = -1;
    if (pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &module) != PJ_SUCCESS)
        return -1;
    return pjsip_evsub_register_pkg(&module, &EVENT, EXPIRES_S, 1, &accept) == PJ_SUCCESS ? 0 : -1;
}

/* A dialog of the account, with its route, transport and credentials, that stays locked; NULL if it cannot be. */
static pjsip_dialog *dialog_of(pjsua_acc *acc)
{
    pj_pool_t *pool = pjsua_pool_create("feature", 512, 512);
    pjsip_tpselector selector;
    pjsip_dialog *dialog = NULL;
    pj_str_t contact = acc->contact;

    if (contact.slen > 0 ||
        pjsua_acc_create_uac_contact(pool, &contact, acc->index, &acc->cfg.id) == PJ_SUCCESS)
        pjsip_dlg_create_uac(pjsip_ua_instance(), &acc->cfg.id, &contact, &acc->cfg.id, NULL, &dialog);
    pj_pool_release(pool);
    if (dialog == NULL)
        return NULL;
    pjsip_dlg_inc_lock(dialog);
    pjsua_init_tpselector(acc->index, &selector);
    pjsip_dlg_set_transport(dialog, &selector);
    if (!pj_list_empty(&acc->route_set))
        pjsip_dlg_set_route_set(dialog, &acc->route_set);
    pjsip_auth_clt_set_credentials(&dialog->auth_sess, acc->cred_cnt, acc->cred);
    return dialog;
}

static pj_status_t send_subscribe(pjsip_evsub *sub, const char *body)
{
    pj_str_t text = pj_str((char *)body), type = CONTENT_TYPE, subtype = CONTENT_SUBTYPE;
    pjsip_tx_data *request;
    pj_status_t status = pjsip_evsub_initiate(sub, NULL, EXPIRES_S, &request);

    if (status != PJ_SUCCESS)
        return status;
    if (text.slen > 0)
        request->msg->body = pjsip_msg_body_create(request->pool, &type, &subtype, &text);
    return pjsip_evsub_send_request(sub, request);
}

int ranin_feature_subscribe(int account, int order, const char *body)
{
    pjsip_dialog *dialog;
    pjsip_evsub *sub;
    pj_status_t status;

    if (!pjsua_acc_is_valid(account) || (dialog = dialog_of(&pjsua_var.acc[account])) == NULL)
        return -1;
    status = pjsip_evsub_create_uac(dialog, &callbacks, &EVENT, PJSIP_EVSUB_NO_EVENT_ID, &sub);
    if (status == PJ_SUCCESS) {
        pjsip_evsub_set_mod_data(sub, module.id, (void *)(pj_ssize_t)(order + 1));
        status = send_subscribe(sub, body);
        if (status != PJ_SUCCESS) {
            pjsip_evsub_set_mod_data(sub, module.id, NULL);
            pjsip_evsub_terminate(sub, PJ_FALSE);
        }
    }
    pjsip_dlg_dec_lock(dialog);
    return status == PJ_SUCCESS ? 0 : -1;
}

const char *ranin_feature_take(void)
{
    const char *text;

    if (answers.count == 0)
        return "";
    text = answers.text[answers.first];
    answers.first = (answers.first + 1) % MOST_ANSWERS;
    --answers.count;
    return text;
}
