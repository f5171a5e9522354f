/* The sound of a page, RTP by multicast, on the conference bridge: a port with a codec, between the
 * bridge's clock and a datagram socket.
 *
 * One that hears has a jitter buffer, from which it takes a frame whenever the bridge asks for one;
 * just before, it takes in what has come since. One that speaks sends a packet every 20 ms, silence
 * included: who hears nothing for a second takes the page for ended. Which packets belong to a page
 * is decided in Python (sip/engine/paging.py).
 *
 * The bridge calls the port from its clock's one thread, the engine's thread makes it and leaves it.
 * The bridge lets go of a port later, on its own thread; socket and codec are given back at once,
 * under the lock, which is held only while nothing waits.
 */
#include "ranin_page.h"

#include <errno.h>
#include <pjmedia.h>
#include <pjsua-lib/pjsua.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_PAGES 4
#define MOST_PACKETS 16  /* in a frame's time: more is a flood */
#define MOST_FRAMES 16   /* in a packet */
#define MOST_BYTES 2048
#define STAMP_BYTES 4
#define FRAME_MS 10      /* of G.711 and of G.722 as PJMEDIA splits them */
#define SPOKEN_FRAMES 2  /* in a packet */
#define STAMPS 80        /* RTP's clock in a frame: 8 kHz for G.722 as well (RFC 3551 §4.5.2) */
#define FIRST_STAMP (1000 * STAMPS) /* what comes late at the beginning is not negative */
#define MOST_SAMPLES 320
/* The jitter buffer, in frames, as that of calls (sip/engine/options.py). */
#define JITTER_FIRST 2
#define JITTER_LEAST 1
#define JITTER_MOST 15
#define JITTER_ROOM 50
#define SIGNATURE PJMEDIA_SIGNATURE('R', 'N', 'P', 'G')

struct page {
    pjmedia_port base;
    pj_pool_t *pool;
    pj_mutex_t *lock;
    int descriptor; /* -1: it is left */
    int type, slot;
    unsigned samples; /* in a frame of 10 ms */
    pjmedia_codec *codec;
    pjmedia_jbuf *jitter; /* of one that hears */
    pjmedia_rtp_session rtp;
    int has_first, has_sent;
    pj_uint32_t first;
};

static struct page *pages[MOST_PAGES]; /* of the engine's thread alone */

static pjmedia_codec_mgr *codecs(void)
{
    return pjmedia_endpt_get_codec_mgr(pjsua_get_pjmedia_endpt());
}

/* Gives a packet's frames to the jitter buffer, each by its place in time. */
static void take(struct page *page, unsigned char *packet, unsigned size)
{
    pj_uint32_t stamp = (pj_uint32_t)packet[0] << 24 | packet[1] << 16 | packet[2] << 8 | packet[3];
    pjmedia_frame frames[MOST_FRAMES];
    unsigned count = MOST_FRAMES, i;
    pj_timestamp zero = {{0, 0}};
    int place;

    if (!page->has_first) {
        page->has_first = 1;
        page->first = stamp - FIRST_STAMP;
    }
    place = (int)((stamp - page->first) / STAMPS);
    if (page->codec->op->parse(page->codec, packet + STAMP_BYTES, size - STAMP_BYTES, &zero, &count, frames))
        return;
    for (i = 0; i < count; ++i)
        pjmedia_jbuf_put_frame(page->jitter, frames[i].buf, frames[i].size, place + (int)i);
}

static void hear(struct page *page)
{
    unsigned char packet[MOST_BYTES];
    ssize_t got;
    int i;

    for (i = 0; i < MOST_PACKETS; ++i) {
        got = recv(page->descriptor, packet, sizeof packet, MSG_DONTWAIT);
        if (got <= 0)
            return;
        if (got > STAMP_BYTES)
            take(page, packet, (unsigned)got);
    }
}

/* The next frame as samples; whether there is one. */
static int decode(struct page *page, pjmedia_frame *frame)
{
    unsigned char coded[STAMPS];
    pjmedia_frame in = {PJMEDIA_FRAME_TYPE_AUDIO, coded, 0};
    pj_size_t size = sizeof coded;
    char kind;

    pjmedia_jbuf_get_frame2(page->jitter, coded, &size, &kind, NULL);
    in.size = size;
    if (kind == PJMEDIA_JB_NORMAL_FRAME)
        return page->codec->op->decode(page->codec, &in, page->samples * 2, frame) == PJ_SUCCESS;
    return kind == PJMEDIA_JB_MISSING_FRAME &&
           page->codec->op->recover(page->codec, page->samples * 2, frame) == PJ_SUCCESS;
}

static pj_status_t get_frame(pjmedia_port *port, pjmedia_frame *frame)
{
    struct page *page = (struct page *)port;
    int sounds = 0;

    pj_mutex_lock(page->lock);
    if (page->descriptor >= 0 && page->jitter != NULL) {
        hear(page);
        sounds = decode(page, frame);
    }
    pj_mutex_unlock(page->lock);
    frame->type = sounds ? PJMEDIA_FRAME_TYPE_AUDIO : PJMEDIA_FRAME_TYPE_NONE;
    frame->size = sounds ? page->samples * 2 : 0;
    return PJ_SUCCESS;
}

/* Sends one packet; one that the network does not take is lost, like any other. */
static void speak(struct page *page, pjmedia_frame *in)
{
    unsigned char packet[sizeof(pjmedia_rtp_hdr) + SPOKEN_FRAMES * STAMPS];
    unsigned room = SPOKEN_FRAMES * STAMPS;
    pjmedia_frame out = {PJMEDIA_FRAME_TYPE_AUDIO, packet + sizeof(pjmedia_rtp_hdr), room};
    const void *header;
    int size;

    if (page->codec->op->encode(page->codec, in, room, &out) != PJ_SUCCESS ||
        pjmedia_rtp_encode_rtp(&page->rtp, page->type, !page->has_sent, (int)out.size,
                               page->has_sent ? SPOKEN_FRAMES * STAMPS : 0, &header, &size) != PJ_SUCCESS)
        return;
    page->has_sent = 1;
    pj_memcpy(packet, header, sizeof(pjmedia_rtp_hdr));
    (void)!send(page->descriptor, packet, sizeof(pjmedia_rtp_hdr) + out.size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static pj_status_t put_frame(pjmedia_port *port, pjmedia_frame *frame)
{
    struct page *page = (struct page *)port;
    pj_int16_t samples[MOST_SAMPLES] = {0}; /* the codec changes what it is given */
    pjmedia_frame in = {PJMEDIA_FRAME_TYPE_AUDIO, samples, SPOKEN_FRAMES * page->samples * 2};

    if (frame->type == PJMEDIA_FRAME_TYPE_AUDIO && frame->size == in.size)
        pj_memcpy(samples, frame->buf, in.size);
    pj_mutex_lock(page->lock);
    if (page->descriptor >= 0 && page->jitter == NULL)
        speak(page, &in);
    pj_mutex_unlock(page->lock);
    return PJ_SUCCESS;
}

/* Gives back what need not wait for the bridge. */
static void let_go(struct page *page)
{
    if (page->codec != NULL) {
        page->codec->op->close(page->codec);
        pjmedia_codec_mgr_dealloc_codec(codecs(), page->codec);
        page->codec = NULL;
    }
    if (page->descriptor >= 0)
        close(page->descriptor);
    page->descriptor = -1;
}

static pj_status_t on_destroy(pjmedia_port *port)
{
    struct page *page = (struct page *)port;

    let_go(page);
    if (page->jitter != NULL)
        pjmedia_jbuf_destroy(page->jitter);
    if (page->lock != NULL)
        pj_mutex_destroy(page->lock);
    pj_pool_safe_release(&page->pool);
    return PJ_SUCCESS;
}

static pj_status_t open_codec(struct page *page, const pjmedia_codec_info *info)
{
    pjmedia_codec_param param;
    pj_status_t status = pjmedia_codec_mgr_get_default_param(codecs(), info, &param);

    if (status != PJ_SUCCESS)
        return status;
    param.setting.vad = 0;
    param.setting.plc = 1;
    status = pjmedia_codec_mgr_alloc_codec(codecs(), info, &page->codec);
    if (status == PJ_SUCCESS)
        status = page->codec->op->init(page->codec, page->pool);
    return status == PJ_SUCCESS ? page->codec->op->open(page->codec, &param) : status;
}

static pj_status_t open_jitter(struct page *page)
{
    pj_str_t name = pj_str("page");
    pj_status_t status = pjmedia_jbuf_create(page->pool, &name, STAMPS, FRAME_MS, JITTER_ROOM, &page->jitter);

    return status == PJ_SUCCESS ? pjmedia_jbuf_set_adaptive(page->jitter, JITTER_FIRST, JITTER_LEAST, JITTER_MOST)
                                : status;
}

static pj_status_t open_page(struct page *page, int hears)
{
    const pjmedia_codec_info *info;
    pj_str_t name = pj_str("page");
    pj_status_t status = pjmedia_codec_mgr_get_codec_info(codecs(), (unsigned)page->type, &info);

    if (status != PJ_SUCCESS)
        return status;
    page->samples = info->clock_rate * FRAME_MS / 1000;
    if (page->samples * SPOKEN_FRAMES > MOST_SAMPLES)
        return PJ_ENOTSUP;
    if ((status = pj_mutex_create_simple(page->pool, "ranin-page", &page->lock)) != PJ_SUCCESS ||
        (status = open_codec(page, info)) != PJ_SUCCESS || (hears && (status = open_jitter(page)) != PJ_SUCCESS) ||
        (status = pjmedia_rtp_session_init(&page->rtp, page->type, pj_rand())) != PJ_SUCCESS)
        return status;
    return pjmedia_port_info_init(&page->base.info, &name, SIGNATURE, info->clock_rate, 1, 16,
                                  page->samples * (hears ? 1 : SPOKEN_FRAMES));
}

/* Takes the descriptor, whatever comes of it. */
static struct page *make(int descriptor, int type, int hears)
{
    pj_pool_t *pool = pjsua_pool_create("ranin-page", 4096, 4096);
    struct page *page;

    if (pool == NULL) {
        close(descriptor);
        return NULL;
    }
    page = PJ_POOL_ZALLOC_T(pool, struct page);
    page->pool = pool;
    page->descriptor = descriptor;
    page->type = type;
    page->base.get_frame = &get_frame;
    page->base.put_frame = &put_frame;
    page->base.on_destroy = &on_destroy;
    if (open_page(page, hears) != PJ_SUCCESS || pjmedia_port_init_grp_lock(&page->base, pool, NULL) != PJ_SUCCESS) {
        on_destroy(&page->base);
        return NULL;
    }
    return page;
}

static struct page **find(int slot)
{
    unsigned i;

    for (i = 0; i < MOST_PAGES; ++i) {
        if (slot < 0 ? pages[i] == NULL : pages[i] != NULL && pages[i]->slot == slot)
            return &pages[i];
    }
    return NULL;
}

static int join(int descriptor, int type, int hears)
{
    struct page **place = find(-1), *page;

    if (place == NULL) {
        close(descriptor);
        return -ENOSPC;
    }
    if ((page = make(descriptor, type, hears)) == NULL)
        return -EINVAL;
    if (pjsua_conf_add_port(page->pool, &page->base, &page->slot) != PJ_SUCCESS) {
        pjmedia_port_destroy(&page->base);
        return -ENOSPC;
    }
    *place = page;
    return page->slot;
}

int ranin_page_hear(int descriptor, int type)
{
    return join(descriptor, type, 1);
}

int ranin_page_speak(int descriptor, int type)
{
    return join(descriptor, type, 0);
}

void ranin_page_leave(int slot)
{
    struct page **place = slot < 0 ? NULL : find(slot), *page;

    if (place == NULL)
        return;
    page = *place;
    *place = NULL;
    pj_mutex_lock(page->lock);
    let_go(page);
    pj_mutex_unlock(page->lock);
    pjsua_conf_remove_port(slot);
    pjmedia_port_destroy(&page->base);
}
