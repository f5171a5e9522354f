/* What PJSIP passes on although it is wrong, or drops without a word, has its final answer here (RFC 4475).
 *
 * Only servers come this far (ranin_guard.c). What cannot be parsed is answered where it came from, whatever its
 * Via says. Everything here runs on the one thread that polls the endpoint.
 */
#include "ranin_strict.h"

#include "unparsed.h"

#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

/* Each call takes two places in a queue, for half a second more than it lasts (PJ_IOQUEUE_KEY_FREE_DELAY):
 * PJSIP aborts when the queue is full, and 256 (config_site.h) are enough for this many calls in each half second. */
#define MOST_AT_ONCE 50

static pj_bool_t (*next_admit)(const pjsip_rx_data *rdata);
static const pjsip_rx_data *packet;

/* PJSIP tells of what it drops, but not where it came from: this is the packet it is at. */
static pj_bool_t remember(const pjsip_rx_data *rdata)
{
    packet = rdata;
    return next_admit == NULL || (*next_admit)(rdata);
}

static pj_bool_t is_served(const pj_str_t *method)
{
    return pjsip_endpt_has_capability(pjsua_get_pjsip_endpt(), PJSIP_H_ALLOW, NULL, method);
}

/* Whether one of the headers without which no request is understood is among those at fault. */
static pj_bool_t essential_at_fault(void)
{
    static const char *const names[] = {"Request Line", "Via", "v", "From", "f", "To", "t", "Call-ID", "i", "CSeq",
                                        "Content-Length", "l", "Max-Forwards"};
    const pjsip_parser_err_report *fault = packet->msg_info.parse_err.next;
    unsigned i;

    for (; fault != (const void *)&packet->msg_info.parse_err; fault = fault->next) {
        for (i = 0; i < PJ_ARRAY_SIZE(names); ++i) {
            if (pj_stricmp2(&fault->hname, names[i]) == 0)
                return PJ_TRUE;
        }
    }
    return PJ_FALSE;
}

/* A method that is not served is refused before its other headers are looked at (RFC 3261 section 8.2.1). */
static int status_of(const pjsip_tp_dropped_data *dropped)
{
    int status = unparsed_status(dropped->data, dropped->len);
    char name[64];
    pj_str_t method;

    unparsed_method(dropped->data, dropped->len, name, sizeof(name));
    method = pj_str(name);
    if (status == 400 && dropped->status == PJSIP_EINVALIDMSG && !essential_at_fault() && !is_served(&method))
        return PJSIP_SC_METHOD_NOT_ALLOWED;
    return status;
}

/* The line that says what is served, with its end; empty where it has no room. */
static void print_allow(char *line, int room)
{
    const pjsip_hdr *allow = pjsip_endpt_get_capability(pjsua_get_pjsip_endpt(), PJSIP_H_ALLOW, NULL);
    int printed = allow == NULL ? 0 : pjsip_hdr_print_on((void *)allow, line, room - 3);

    pj_ansi_strxcpy(line + PJ_MAX(printed, 0), printed > 0 ? "\r\n" : "", 3);
}

static void send_back(pjsip_transport *transport, const char *answer, size_t length)
{
    pjsip_tpselector selector;

    pj_bzero(&selector, sizeof(selector));
    selector.type = PJSIP_TPSELECTOR_TRANSPORT;
    selector.u.transport = transport;
    pjsip_tpmgr_send_raw(pjsip_endpt_get_tpmgr(pjsua_get_pjsip_endpt()), transport->key.type, &selector, NULL, answer,
                         length, &packet->pkt_info.src_addr, packet->pkt_info.src_addr_len, NULL, NULL);
}

/* Of the reasons to drop, those that a sender can be told; the last is a stream whose framing is lost. */
static void answer_dropped(pjsip_tp_dropped_data *dropped)
{
    static char answer[PJSIP_MAX_PKT_LEN];
    char allow[256] = "";
    int status;
    size_t length;

    if (packet == NULL || (dropped->status != PJSIP_EINVALIDMSG && dropped->status != PJSIP_EMISSINGHDR &&
                           dropped->status != PJSIP_EINVALIDHDR))
        return;
    status = status_of(dropped);
    if (status == 0)
        return;
    if (status == PJSIP_SC_METHOD_NOT_ALLOWED)
        print_allow(allow, sizeof(allow));
    length = unparsed_answer(dropped->data, dropped->len, status, allow, answer, sizeof(answer));
    if (length > 0)
        send_back(dropped->tp, answer, length);
}

static pj_bool_t refuse(pjsip_rx_data *rdata, int status, const pjsip_hdr *header)
{
    pjsip_hdr headers;

    pj_list_init(&headers);
    if (header != NULL)
        pj_list_push_back(&headers, pjsip_hdr_clone(rdata->tp_info.pool, header));
    pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), rdata, status, NULL, &headers, NULL);
    return PJ_TRUE;
}

/* More than one of a header that says one thing: whichever is believed, somebody else believes the other. */
static pj_bool_t says_it_twice(const pjsip_msg *msg)
{
    static const pjsip_hdr_e once[] = {PJSIP_H_FROM, PJSIP_H_TO, PJSIP_H_CALL_ID, PJSIP_H_CSEQ, PJSIP_H_CONTENT_LENGTH,
                                       PJSIP_H_CONTENT_TYPE, PJSIP_H_MAX_FORWARDS};
    unsigned i;

    for (i = 0; i < PJ_ARRAY_SIZE(once); ++i) {
        const pjsip_hdr *found = pjsip_msg_find_hdr(msg, once[i], NULL);

        if (found != NULL && found->next != &msg->hdr && pjsip_msg_find_hdr(msg, once[i], found->next) != NULL)
            return PJ_TRUE;
    }
    return PJ_FALSE;
}

/* What follows the empty line, in bytes. */
static int body_length(const pjsip_rx_data *rdata)
{
    const char *start = rdata->msg_info.msg_buf, *end = start + rdata->msg_info.len, *at;

    for (at = start; at + 1 < end; ++at) {
        if (at[0] == '\n' && (at[1] == '\n' || (at[1] == '\r' && at + 2 < end && at[2] == '\n')))
            return (int)(end - at) - (at[1] == '\n' ? 2 : 3);
    }
    return 0;
}

/* A datagram's body ends where Content-Length says; PJSIP takes all there is (RFC 3261 section 18.3). */
static pj_bool_t cut_body(pjsip_rx_data *rdata)
{
    pjsip_msg_body *body = rdata->msg_info.msg->body;
    int said = rdata->msg_info.clen == NULL ? -1 : rdata->msg_info.clen->len, there = body_length(rdata);

    if (said < 0 || said == there)
        return PJ_TRUE;
    if (said > there)
        return PJ_FALSE;
    if (said == 0)
        rdata->msg_info.msg->body = NULL;
    else if (body != NULL && body->print_body == &pjsip_print_text_body && body->len > (unsigned)said) {
        body->len = (unsigned)said;
        ((char *)body->data)[said] = '\0'; /* the parsers of bodies stop there */
    }
    return PJ_TRUE;
}

/* The extensions that are required and that nobody here knows, as a header for the answer; NULL: none. */
static const pjsip_hdr *unsupported(pjsip_rx_data *rdata)
{
    const pjsip_require_hdr *required = rdata->msg_info.require;
    pjsip_unsupported_hdr *header = pjsip_unsupported_hdr_create(rdata->tp_info.pool);
    unsigned i;

    for (i = 0; required != NULL && i < required->count; ++i) {
        if (!pjsip_endpt_has_capability(pjsua_get_pjsip_endpt(), PJSIP_H_SUPPORTED, NULL, &required->values[i]))
            header->values[header->count++] = required->values[i];
    }
    return header->count > 0 ? (const pjsip_hdr *)header : NULL;
}

/* Whether media can be sent where an offer wants it. A name would have PJSIP wait for DNS, with all calls. */
static pj_bool_t is_number(const pjmedia_sdp_conn *place)
{
    char number[16];

    return place == NULL || pj_inet_pton(pj_AF_INET(), &place->addr, number) == PJ_SUCCESS ||
           pj_inet_pton(pj_AF_INET6(), &place->addr, number) == PJ_SUCCESS;
}

static pjmedia_sdp_session *sdp_of(pjsip_rx_data *rdata)
{
    return rdata->msg_info.msg->body == NULL ? NULL : pjsip_rdata_get_sdp_info(rdata)->sdp;
}

static pj_bool_t is_reachable(const pjmedia_sdp_session *sdp)
{
    unsigned i;

    for (i = 0; sdp != NULL && i < sdp->media_count; ++i) {
        if (!is_number(sdp->media[i]->conn))
            return PJ_FALSE;
    }
    return sdp == NULL || is_number(sdp->conn);
}

/* An answer cannot be refused: what it takes where nothing can be sent, it does not take (RFC 3264 section 6). */
static pj_bool_t judge_answer(pjsip_rx_data *rdata)
{
    pjmedia_sdp_session *sdp = sdp_of(rdata);
    unsigned i;

    for (i = 0; sdp != NULL && i < sdp->media_count; ++i) {
        if (!is_number(sdp->media[i]->conn != NULL ? sdp->media[i]->conn : sdp->conn))
            sdp->media[i]->desc.port = 0;
    }
    return PJ_FALSE;
}

static pj_bool_t means_sdp(pj_str_t kind)
{
    char *end = pj_strchr(&kind, ';');

    kind.slen = end == NULL ? kind.slen : end - kind.ptr;
    pj_strrtrim(&kind);
    return pj_stricmp2(&kind, "application/sdp") == 0 || pj_stricmp2(&kind, "application/*") == 0 ||
           pj_stricmp2(&kind, "*/*") == 0;
}

/* Whether the caller can read our session description: a call that he cannot is none. */
static pj_bool_t takes_sdp(const pjsip_msg *msg)
{
    const pjsip_accept_hdr *accept = pjsip_msg_find_hdr(msg, PJSIP_H_ACCEPT, NULL);
    pj_bool_t named = PJ_FALSE;
    unsigned i;

    for (; accept != NULL; accept = pjsip_msg_find_hdr(msg, PJSIP_H_ACCEPT, accept->next)) {
        for (i = 0; i < accept->count; ++i) {
            if (means_sdp(accept->values[i]))
                return PJ_TRUE;
            named = PJ_TRUE;
        }
        if (accept->next == (const void *)&msg->hdr)
            break;
    }
    return !named;
}

/* PJSIP's INVITE session judges Require by itself, and nobody may refuse CANCEL for it (section 8.2.2.3). */
static pj_bool_t judge(pjsip_rx_data *rdata)
{
    const pjsip_msg *msg = rdata->msg_info.msg;
    const pjsip_method *method = &msg->line.req.method;
    const pjsip_hdr *header;

    if (method->id == PJSIP_ACK_METHOD)
        return judge_answer(rdata);
    if (says_it_twice(msg) || pjsip_method_cmp(&rdata->msg_info.cseq->method, method) != 0 || !cut_body(rdata))
        return refuse(rdata, PJSIP_SC_BAD_REQUEST, NULL);
    if (!is_reachable(sdp_of(rdata)))
        return refuse(rdata, PJSIP_SC_NOT_ACCEPTABLE_HERE, NULL);
    if (method->id == PJSIP_INVITE_METHOD)
        return takes_sdp(msg) ? PJ_FALSE : refuse(rdata, PJSIP_SC_NOT_ACCEPTABLE, NULL);
    if (method->id != PJSIP_CANCEL_METHOD && (header = unsupported(rdata)) != NULL)
        return refuse(rdata, PJSIP_SC_BAD_EXTENSION, header);
    return PJ_FALSE;
}

/* A call of its own: what repeats one or belongs to one has gone another way by now. */
static pj_bool_t judge_call(pjsip_rx_data *rdata)
{
    static pj_time_val since;
    static unsigned count;
    pj_time_val now;

    if (rdata->msg_info.msg->line.req.method.id != PJSIP_INVITE_METHOD)
        return PJ_FALSE;
    pj_gettickcount(&now);
    PJ_TIME_VAL_SUB(now, since);
    if (PJ_TIME_VAL_MSEC(now) >= PJ_IOQUEUE_KEY_FREE_DELAY) {
        pj_gettickcount(&since);
        count = 0;
    }
    return ++count > MOST_AT_ONCE ? refuse(rdata, PJSIP_SC_BUSY_HERE, NULL) : PJ_FALSE;
}

/* Nobody has taken it. What is served within a dialog has none here; nobody may have us call another. */
static pj_bool_t answer_unknown(pjsip_rx_data *rdata)
{
    const pjsip_method *method = &rdata->msg_info.msg->line.req.method;

    if (method->id == PJSIP_ACK_METHOD)
        return PJ_TRUE;
    if (pj_stricmp2(&method->name, "REFER") == 0)
        return refuse(rdata, PJSIP_SC_DECLINE, NULL);
    if (is_served(&method->name))
        return refuse(rdata, PJSIP_SC_CALL_TSX_DOES_NOT_EXIST, NULL);
    return refuse(rdata, PJSIP_SC_METHOD_NOT_ALLOWED,
                  pjsip_endpt_get_capability(pjsua_get_pjsip_endpt(), PJSIP_H_ALLOW, NULL));
}

static pjsip_module first = {
    NULL, NULL, {"mod-ranin-strict", 16}, -1, PJSIP_MOD_PRIORITY_TSX_LAYER - 4, /* before a transaction is made */
    NULL, NULL, NULL, NULL, &judge, &judge_answer, NULL, NULL, NULL,
};

static pjsip_module calls = {
    NULL, NULL, {"mod-ranin-calls", 15}, -1, PJSIP_MOD_PRIORITY_APPLICATION - 4, /* before PJSUA takes sockets for it */
    NULL, NULL, NULL, NULL, &judge_call, NULL, NULL, NULL, NULL,
};

static pjsip_module last = {
    NULL, NULL, {"mod-ranin-unknown", 17}, -1, PJSIP_MOD_PRIORITY_APPLICATION + 64, /* after everybody else */
    NULL, NULL, NULL, NULL, &answer_unknown, NULL, NULL, NULL, NULL,
};

int ranin_strict_start(void)
{
    pjsip_endpoint *endpoint = pjsua_get_pjsip_endpt();
    pj_status_t status;

    next_admit = pjsip_admit_packet;
    packet = NULL;
    pjsip_admit_packet = &remember;
    status = pjsip_tpmgr_set_drop_data_cb(pjsip_endpt_get_tpmgr(endpoint), &answer_dropped);
    if (status == PJ_SUCCESS)
        status = pjsip_endpt_register_module(endpoint, &first);
    if (status == PJ_SUCCESS)
        status = pjsip_endpt_register_module(endpoint, &calls);
    return status == PJ_SUCCESS ? pjsip_endpt_register_module(endpoint, &last) : status;
}
