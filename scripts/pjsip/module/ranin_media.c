/* Sound by line: its codecs, and the truth about its encryption.
 *
 * PJSIP has one list of codecs for all accounts, and makes the SDP of a call that comes in before it tells of
 * the call: what a line does not want is taken out here, and comfort noise put in. pjsua2 tells the profile that
 * was negotiated; that is not whether there are keys: DTLS agrees on them afterwards, and SDES may come with the
 * plain profile.
 * Everything here runs on the one thread that polls the endpoint.
 */
#include "ranin_media.h"

#include <pjmedia/transport_srtp.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#define LONGEST_LIST 128

typedef void sdp_created(pjsua_call_id, pjmedia_sdp_session *, pj_pool_t *, const pjmedia_sdp_session *);

static struct {
    char codecs[PJSUA_MAX_ACC][LONGEST_LIST];
    sdp_created *next;
} media;

/* The place of a codec's name in the list, from 1; 0: it is not in it. */
static unsigned rank_of(const char *list, const pj_str_t *name)
{
    unsigned place = 1;
    const char *end;

    for (; *list != '\0'; ++place, list = *end ? end + 1 : end) {
        pj_str_t one;

        for (end = list; *end != '\0' && *end != ','; ++end)
            ;
        pj_strset(&one, (char *)list, end - list);
        if (pj_stricmp(&one, name) == 0)
            return place;
    }
    return 0;
}

static void name_of(const pjmedia_sdp_media *m, const pj_str_t *format, pj_str_t *name)
{
    const pjmedia_sdp_attr *attribute = pjmedia_sdp_media_find_attr2(m, "rtpmap", format);
    pjmedia_sdp_rtpmap map;

    name->slen = 0;
    if (attribute != NULL && pjmedia_sdp_attr_get_rtpmap(attribute, &map) == PJ_SUCCESS)
        *name = map.enc_name;
}

/* Digits (RFC 4733) belong to no codec and stay, behind. */
static unsigned weight_of(const pjmedia_sdp_media *m, const pj_str_t *format, const char *list)
{
    pj_str_t name;

    name_of(m, format, &name);
    return pj_stricmp2(&name, "telephone-event") == 0 ? LONGEST_LIST : rank_of(list, &name);
}

static void drop(pjmedia_sdp_media *m, const pj_str_t *format)
{
    static const char *const names[] = {"rtpmap", "fmtp"};
    unsigned i;

    for (i = 0; i < PJ_ARRAY_SIZE(names); ++i) {
        pjmedia_sdp_attr *attribute = pjmedia_sdp_media_find_attr2(m, names[i], format);

        if (attribute != NULL)
            pjmedia_sdp_media_remove_attr(m, attribute);
    }
}

/* Nothing of the list among the formats: they stay as they are, for an m= line must have one. */
static void keep_only(pjmedia_sdp_media *m, const char *list)
{
    pj_str_t kept[PJMEDIA_MAX_SDP_FMT];
    unsigned weights[PJMEDIA_MAX_SDP_FMT], count = 0, i, at;

    for (i = 0; i < m->desc.fmt_count; ++i) {
        unsigned weight = weight_of(m, &m->desc.fmt[i], list);

        if (weight == 0)
            continue;
        for (at = count++; at > 0 && weights[at - 1] > weight; --at) {
            kept[at] = kept[at - 1];
            weights[at] = weights[at - 1];
        }
        kept[at] = m->desc.fmt[i];
        weights[at] = weight;
    }
    if (count == 0 || weights[0] == LONGEST_LIST)
        return;
    for (i = 0; i < m->desc.fmt_count; ++i) {
        if (weight_of(m, &m->desc.fmt[i], list) == 0)
            drop(m, &m->desc.fmt[i]);
    }
    pj_memcpy(m->desc.fmt, kept, count * sizeof(kept[0]));
    m->desc.fmt_count = count;
}

/* Comfort noise (RFC 3389) is heard beside the codecs that PJSIP knows by a number of their own, which have its clock. */
static void tell_comfort_noise(pjmedia_sdp_media *m, pj_pool_t *pool)
{
    static const pj_str_t format = {"13", 2};
    pj_str_t map = {"13 CN/8000", 10};
    pj_bool_t fits = PJ_FALSE;
    unsigned i;

    for (i = 0; i < m->desc.fmt_count; ++i) {
        if (pj_strcmp(&m->desc.fmt[i], &format) == 0)
            return;
        fits |= pj_strtoul(&m->desc.fmt[i]) < 96;
    }
    if (!fits || m->desc.fmt_count >= PJMEDIA_MAX_SDP_FMT || m->attr_count >= PJMEDIA_MAX_SDP_ATTR)
        return;
    m->desc.fmt[m->desc.fmt_count++] = format;
    m->attr[m->attr_count++] = pjmedia_sdp_attr_create(pool, "rtpmap", &map);
}

static void on_sdp_created(pjsua_call_id call, pjmedia_sdp_session *sdp, pj_pool_t *pool,
                           const pjmedia_sdp_session *remote)
{
    const char *list = media.codecs[pjsua_var.calls[call].acc_id];
    unsigned i;

    for (i = 0; i < sdp->media_count; ++i) {
        if (pj_stricmp2(&sdp->media[i]->desc.media, "audio") != 0 || sdp->media[i]->desc.port == 0)
            continue;
        if (list[0] != '\0')
            keep_only(sdp->media[i], list);
        tell_comfort_noise(sdp->media[i], pool);
    }
    if (media.next != NULL)
        media.next(call, sdp, pool, remote);
}

void ranin_media_start(void)
{
    pj_bzero(&media, sizeof(media));
    media.next = pjsua_var.ua_cfg.cb.on_call_sdp_created;
    pjsua_var.ua_cfg.cb.on_call_sdp_created = &on_sdp_created;
}

void ranin_media_codecs(int account, const char *names)
{
    if (account >= 0 && account < PJSUA_MAX_ACC)
        pj_ansi_strxcpy(media.codecs[account], names, LONGEST_LIST);
}

static pj_bool_t ciphers(const pjmedia_srtp_crypto *policy)
{
    return policy->name.slen > 0 && pj_stricmp2(&policy->name, "NULL") != 0 &&
           (policy->flags & PJMEDIA_SRTP_NO_ENCRYPTION) == 0;
}

int ranin_media_encrypted(int call, int medium)
{
    const pjmedia_srtp_info *srtp;
    pjmedia_transport_info info;

    pjmedia_transport_info_init(&info);
    if (pjsua_call_get_med_transport_info(call, (unsigned)medium, &info) != PJ_SUCCESS)
        return 0;
    srtp = (const pjmedia_srtp_info *)pjmedia_transport_info_get_spc_info(&info, PJMEDIA_TRANSPORT_TYPE_SRTP);
    return srtp != NULL && srtp->active && ciphers(&srtp->tx_policy) && ciphers(&srtp->rx_policy);
}
