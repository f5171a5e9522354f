/* Subscriptions to event packages, through PJSIP's event framework, which answers challenges and NOTIFYs and
 * refreshes what is subscribed to.
 *
 * PJSUA shows one watched party's state and keeps its own idea of when to try again; here bodies go out as they
 * come, lists of parties included, and the end of a subscription is told. Everything runs on the one thread that
 * polls the endpoint.
 */
#include "ranin_subscribe.h"

#include <pjsip_simple.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#define EXPIRES_S 60
#define MOST_WAITING 128
#define LONGEST_WORD 256

static const pj_str_t FEATURE_EVENT = {"as-feature-event", 16};
static const pj_str_t DIALOG_EVENT = {"dialog", 6};

struct subscription {
    PJ_DECL_LIST_MEMBER(struct subscription);
    int id;
    pjsip_dialog *dialog;
    pjsip_evsub *sub;
};

struct saying {
    PJ_DECL_LIST_MEMBER(struct saying);
    char text[1];
};

static struct subscription all;
static struct saying sayings;
static char *taken;

static pjsip_module module = {
    NULL, NULL, {"mod-ranin-subscribe", 19}, -1, PJSIP_MOD_PRIORITY_DIALOG_USAGE,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
};

static struct subscription *of(pjsip_evsub *sub)
{
    return pjsip_evsub_get_mod_data(sub, module.id);
}

static struct subscription *find(int id)
{
    struct subscription *one;

    for (one = all.next; one != &all; one = one->next)
        if (one->id == id)
            return one;
    return NULL;
}

static void forget(struct subscription *one)
{
    pjsip_evsub_set_mod_data(one->sub, module.id, NULL);
    pj_list_erase(one);
    free(one);
}

/* 0, or -1 without memory. */
static int say(const char *kind, int id, int code, int retry_s, pj_str_t word, pj_str_t body)
{
    int length = LONGEST_WORD + 96 + (int)body.slen, written;
    struct saying *saying;

    if ((saying = malloc(sizeof *saying + length)) == NULL)
        return -1;
    word.slen = word.slen < LONGEST_WORD ? word.slen : LONGEST_WORD;
    written = snprintf(saying->text, length, "%s %d %d %d\n%.*s\n", kind, id, code, retry_s, (int)word.slen, word.ptr);
    pj_memcpy(saying->text + written, body.ptr, body.slen);
    saying->text[written + body.slen] = '\0';
    pj_list_push_back(&sayings, saying);
    return 0;
}

static const pjsip_msg *message_of(const pjsip_event *event)
{
    int received = event != NULL && event->type == PJSIP_EVENT_TSX_STATE &&
                   event->body.tsx_state.type == PJSIP_EVENT_RX_MSG;

    return received ? event->body.tsx_state.src.rdata->msg_info.msg : NULL;
}

/* Of a refusal, or of the NOTIFY that ends it (RFC 6665 section 4.1.3). */
static int retry_after_of(const pjsip_msg *message)
{
    static const pj_str_t STATE = {"Subscription-State", 18};
    const pjsip_sub_state_hdr *state;
    const pjsip_retry_after_hdr *after;

    if (message == NULL)
        return 0;
    state = pjsip_msg_find_hdr_by_name(message, &STATE, NULL);
    if (state != NULL)
        return state->retry_after > 0 ? state->retry_after : 0;
    after = pjsip_msg_find_hdr(message, PJSIP_H_RETRY_AFTER, NULL);
    return after != NULL && after->ivalue > 0 ? after->ivalue : 0;
}

static void on_state(pjsip_evsub *sub, pjsip_event *event)
{
    struct subscription *one = of(sub);
    pj_str_t nothing = {"", 0};
    int code = 0;

    if (one == NULL || pjsip_evsub_get_state(sub) != PJSIP_EVSUB_STATE_TERMINATED)
        return;
    if (event != NULL && event->type == PJSIP_EVENT_TSX_STATE)
        code = event->body.tsx_state.tsx->status_code;
    say("ended", one->id, code != 0 ? code : PJSIP_SC_REQUEST_TIMEOUT, retry_after_of(message_of(event)),
        *pjsip_evsub_get_termination_reason(sub), nothing);
    forget(one);
}

/* What is refused ends the subscription, and comes through on_state. */
static void on_transaction(pjsip_evsub *sub, pjsip_transaction *tsx, pjsip_event *event)
{
    pj_str_t nothing = {"", 0};

    (void)event;
    if (of(sub) != NULL && tsx->role == PJSIP_ROLE_UAC && tsx->state == PJSIP_TSX_STATE_COMPLETED &&
        tsx->status_code / 100 == 2)
        say("accepted", of(sub)->id, tsx->status_code, 0, nothing, nothing);
}

static pj_str_t text_of(const pjsip_msg_body *body)
{
    pj_str_t text = {body->data, body->len}, boundary;

    if (pj_stricmp2(&body->content_type.type, "multipart") == 0 &&
        pjsip_multipart_get_raw((pjsip_msg_body *)body, &boundary, &text) != PJ_SUCCESS)
        text.slen = 0;
    return text;
}

/* One without a body is told as well: the server answers, although it does not (yet) say what we asked for. */
static void on_notify(pjsip_evsub *sub, pjsip_rx_data *rdata, int *code, pj_str_t **text, pjsip_hdr *headers,
                      pjsip_msg_body **answer)
{
    const pjsip_msg_body *body = rdata->msg_info.msg->body;
    char type[LONGEST_WORD];
    pj_str_t word = {type, 0}, said = {"", 0};

    (void)text;
    (void)headers;
    (void)answer;
    *code = PJSIP_SC_OK;
    if (of(sub) == NULL)
        return;
    if (body != NULL && rdata->msg_info.ctype != NULL) {
        said = text_of(body);
        word.slen = pjsip_media_type_print(type, sizeof type, &rdata->msg_info.ctype->media);
    }
    if (word.slen < 0 || pj_list_size(&sayings) >= MOST_WAITING || say("notified", of(sub)->id, 0, 0, word, said) != 0)
        *code = PJSIP_SC_INTERNAL_SERVER_ERROR;
}

static pjsip_evsub_user callbacks = {&on_state, &on_transaction, NULL, &on_notify, NULL, NULL};

int ranin_subscribe_start(void)
{
    pj_str_t accept = {"application/x-as-feature-event+xml", 34};

    pj_list_init(&all);
    pj_list_init(&sayings);
    module.id = -1;
    if (pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &module) != PJ_SUCCESS)
        return -1;
    return pjsip_evsub_register_pkg(&module, &FEATURE_EVENT, EXPIRES_S, 1, &accept) == PJ_SUCCESS ? 0 : -1;
}

/* A dialog of the account, with its route, transport and credentials, that stays locked; NULL if it cannot be. */
static pjsip_dialog *dialog_of(pjsua_acc *acc, const pj_str_t *target)
{
    pj_pool_t *pool = pjsua_pool_create("subscribe", 512, 512);
    pjsip_tpselector selector;
    pjsip_dialog *dialog = NULL;
    pj_str_t contact = acc->contact;

    if (contact.slen > 0 || pjsua_acc_create_uac_contact(pool, &contact, acc->index, target) == PJ_SUCCESS)
        pjsip_dlg_create_uac(pjsip_ua_instance(), &acc->cfg.id, &contact, target, NULL, &dialog);
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

/* Whoever watches a dialog's state may be given a whole list (RFC 4662 section 4.1). */
static void take_lists(pjsip_evsub *sub, pj_pool_t *pool)
{
    static const pj_str_t SUPPORTED = {"Supported", 9}, LIST = {"eventlist", 9};
    static const pj_str_t ACCEPT = {"Accept", 6}, KINDS = {"multipart/related, application/rlmi+xml", 39};
    pjsip_hdr headers;

    pj_list_init(&headers);
    pj_list_push_back(&headers, pjsip_generic_string_hdr_create(pool, &SUPPORTED, &LIST));
    pj_list_push_back(&headers, pjsip_generic_string_hdr_create(pool, &ACCEPT, &KINDS));
    pjsip_evsub_add_header(sub, &headers);
}

static void set_body(pjsip_tx_data *request, const char *type, const char *body)
{
    pj_str_t text = pj_str((char *)body), whole = pj_str((char *)type), kind = whole, sub = {"", 0};
    char *slash = pj_strchr(&whole, '/');

    if (text.slen == 0 || slash == NULL)
        return;
    kind.slen = slash - whole.ptr;
    sub.ptr = slash + 1;
    sub.slen = whole.slen - kind.slen - 1;
    request->msg->body = pjsip_msg_body_create(request->pool, &kind, &sub, &text);
}

static pj_status_t send_subscribe(pjsip_evsub *sub, int expires_s, const char *type, const char *body)
{
    pjsip_tx_data *request;
    pj_status_t status = pjsip_evsub_initiate(sub, NULL, expires_s, &request);

    if (status != PJ_SUCCESS)
        return status;
    set_body(request, type, body);
    return pjsip_evsub_send_request(sub, request);
}

static struct subscription *keep(int id, pjsip_dialog *dialog, pjsip_evsub *sub)
{
    struct subscription *one = calloc(1, sizeof *one);

    if (one == NULL)
        return NULL;
    one->id = id;
    one->dialog = dialog;
    one->sub = sub;
    pj_list_push_back(&all, one);
    pjsip_evsub_set_mod_data(sub, module.id, one);
    return one;
}

int ranin_subscribe(int account, int id, const char *event, const char *target, int expires_s, const char *type,
                    const char *body)
{
    pj_str_t package = pj_str((char *)event), uri = pj_str((char *)target);
    pjsip_dialog *dialog;
    pjsip_evsub *sub;
    pj_status_t status = PJ_ENOMEM;

    if (!pjsua_acc_is_valid(account))
        return -1;
    dialog = dialog_of(&pjsua_var.acc[account], uri.slen > 0 ? &uri : &pjsua_var.acc[account].cfg.id);
    if (dialog == NULL)
        return -1;
    if (pjsip_evsub_create_uac(dialog, &callbacks, &package, PJSIP_EVSUB_NO_EVENT_ID, &sub) == PJ_SUCCESS) {
        if (pj_strcmp(&package, &DIALOG_EVENT) == 0)
            take_lists(sub, dialog->pool);
        if (keep(id, dialog, sub) != NULL)
            status = send_subscribe(sub, expires_s, type, body);
        if (status != PJ_SUCCESS) {
            if (of(sub) != NULL)
                forget(of(sub));
            pjsip_evsub_terminate(sub, PJ_FALSE);
        }
    }
    pjsip_dlg_dec_lock(dialog);
    return status == PJ_SUCCESS ? 0 : -1;
}

/* A request that cannot be sent may end its subscription at once: the dialog is held until we are done. */
void ranin_subscribe_again(int id)
{
    struct subscription *one = find(id);
    pjsip_dialog *dialog;

    if (one == NULL)
        return;
    dialog = one->dialog;
    pjsip_dlg_inc_lock(dialog);
    send_subscribe(one->sub, PJSIP_EXPIRES_NOT_SPECIFIED, "", "");
    pjsip_dlg_dec_lock(dialog);
}

void ranin_subscribe_end(int id, int tell)
{
    struct subscription *one = find(id);
    pjsip_dialog *dialog;
    pjsip_evsub *sub;

    if (one == NULL)
        return;
    dialog = one->dialog;
    sub = one->sub;
    pjsip_dlg_inc_lock(dialog);
    forget(one);
    if (!tell || send_subscribe(sub, 0, "", "") != PJ_SUCCESS)
        pjsip_evsub_terminate(sub, PJ_FALSE);
    pjsip_dlg_dec_lock(dialog);
}

const char *ranin_subscribe_take(void)
{
    struct saying *first = sayings.next;

    free(taken);
    taken = NULL;
    if (first == &sayings)
        return "";
    pj_list_erase(first);
    taken = (char *)first;
    return first->text;
}
