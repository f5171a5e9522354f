/* The voice of a mobile call on the conference bridge: a port of its own, between the bridge's
 * clock and the modem's.
 *
 * The bridge calls the port from its clock's one thread. What the modem has sent since goes into
 * `down`, from which the bridge takes its frame. The modem gets, from `up`, as many samples as it
 * has sent: its two directions have one clock, so nothing piles up at it.
 * The engine's thread joins, looks and leaves. The bridge lets go of a port later, on its own
 * thread, or never if no clock runs; the modem's side is closed at once, under the lock. The lock
 * is held only while nothing waits.
 */
#include "ranin_cell.h"

#include "drift.h"
#include "voice_end.h"

#include <pjmedia.h>
#include <pjsua-lib/pjsua.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST_CELLS 4
#define MOST_AT_ONCE 1024
#define MOST_BURST_MS 150 /* more at once is what has gathered while no clock ran: nothing is owed for it */
#define MUTE_TICKS 20     /* a modem that sends nothing for so long is sent to by our clock */
#define SIGNATURE PJMEDIA_SIGNATURE('R', 'N', 'C', 'L')

struct cell {
    pjmedia_port base;
    pj_pool_t *pool;
    pj_mutex_t *lock;
    struct voice_end end;
    int open;
    int failed; /* a negative errno */
    int slot;
    unsigned owed, mute;
    struct drift down, up;
};

static struct cell *cells[MOST_CELLS]; /* of the engine's thread alone */

static void fail(struct cell *cell, int error)
{
    __atomic_store_n(&cell->failed, error, __ATOMIC_RELEASE);
}

static int usable(const struct cell *cell)
{
    return cell->open && __atomic_load_n(&cell->failed, __ATOMIC_ACQUIRE) == 0;
}

/* Takes in all that the modem has sent. */
static void hear(struct cell *cell)
{
    int16_t samples[MOST_AT_ONCE];
    unsigned heard = 0;
    int got;

    do {
        got = voice_end_read(&cell->end, samples, MOST_AT_ONCE);
        if (got < 0) {
            fail(cell, got);
            return;
        }
        drift_put(&cell->down, samples, (unsigned)got);
        heard += (unsigned)got;
    } while (got == MOST_AT_ONCE && heard < DRIFT_CAPACITY);
    cell->owed += heard < cell->down.rate * MOST_BURST_MS / 1000 ? heard : 0;
}

/* Sends as much as the modem has sent. */
static void speak(struct cell *cell, unsigned frame)
{
    int16_t samples[MOST_AT_ONCE];
    int result;

    cell->mute = cell->owed ? 0 : cell->mute + 1;
    if (cell->mute > MUTE_TICKS)
        cell->owed = frame;
    while (cell->owed > 0) {
        unsigned count = cell->owed < MOST_AT_ONCE ? cell->owed : MOST_AT_ONCE;

        drift_get(&cell->up, samples, count);
        cell->owed -= count;
        if ((result = voice_end_write(&cell->end, samples, count)) < 0)
            fail(cell, result);
    }
}

static pj_status_t get_frame(pjmedia_port *port, pjmedia_frame *frame)
{
    struct cell *cell = (struct cell *)port;
    unsigned count = PJMEDIA_PIA_SPF(&port->info);

    pj_mutex_lock(cell->lock);
    if (usable(cell))
        hear(cell);
    pj_mutex_unlock(cell->lock);
    drift_get(&cell->down, frame->buf, count);
    frame->size = count * sizeof(int16_t);
    frame->type = PJMEDIA_FRAME_TYPE_AUDIO;
    return PJ_SUCCESS;
}

static pj_status_t put_frame(pjmedia_port *port, pjmedia_frame *frame)
{
    static const int16_t silence[MOST_AT_ONCE];
    struct cell *cell = (struct cell *)port;
    unsigned count = PJMEDIA_PIA_SPF(&port->info);

    drift_put(&cell->up, frame->type == PJMEDIA_FRAME_TYPE_AUDIO ? frame->buf : silence, count);
    pj_mutex_lock(cell->lock);
    if (usable(cell))
        hear(cell);
    if (usable(cell))
        speak(cell, count);
    pj_mutex_unlock(cell->lock);
    return PJ_SUCCESS;
}

static pj_status_t on_destroy(pjmedia_port *port)
{
    struct cell *cell = (struct cell *)port;

    if (cell->lock != NULL)
        pj_mutex_destroy(cell->lock);
    pj_pool_safe_release(&cell->pool);
    return PJ_SUCCESS;
}

static struct cell *make(unsigned rate)
{
    pj_pool_t *pool = pjsua_pool_create("ranin-cell", sizeof(struct cell) + 4096, 4096);
    pj_str_t name = pj_str("cell");
    struct cell *cell;

    if (pool == NULL)
        return NULL;
    cell = PJ_POOL_ZALLOC_T(pool, struct cell);
    cell->pool = pool;
    cell->base.get_frame = &get_frame;
    cell->base.put_frame = &put_frame;
    cell->base.on_destroy = &on_destroy;
    drift_start(&cell->down, rate);
    drift_start(&cell->up, rate);
    if (pj_mutex_create_simple(pool, "ranin-cell", &cell->lock) != PJ_SUCCESS ||
        pjmedia_port_info_init(&cell->base.info, &name, SIGNATURE, rate, 1, 16, rate / 100) != PJ_SUCCESS ||
        pjmedia_port_init_grp_lock(&cell->base, pool, NULL) != PJ_SUCCESS) {
        on_destroy(&cell->base);
        return NULL;
    }
    return cell;
}

static struct cell **find(int slot)
{
    unsigned i;

    for (i = 0; i < MOST_CELLS; ++i) {
        if (slot < 0 ? cells[i] == NULL : cells[i] != NULL && cells[i]->slot == slot)
            return &cells[i];
    }
    return NULL;
}

static int is_rate(int rate)
{
    return rate >= 8000 && rate <= 48000 && rate % 1000 == 0;
}

/* Takes the end, whatever comes of it. */
static int join(struct voice_end *end)
{
    struct cell **place = find(-1), *cell = place == NULL ? NULL : make(end->rate);

    if (cell == NULL) {
        voice_end_close(end);
        return -ENOMEM;
    }
    cell->end = *end;
    cell->open = 1;
    if (pjsua_conf_add_port(cell->pool, &cell->base, &cell->slot) != PJ_SUCCESS) {
        voice_end_close(&cell->end);
        pjmedia_port_destroy(&cell->base);
        return -ENOSPC;
    }
    *place = cell;
    return cell->slot;
}

int ranin_cell_join_descriptor(int descriptor, int rate)
{
    struct voice_end end;

    if (!is_rate(rate)) {
        close(descriptor);
        return -EINVAL;
    }
    voice_end_descriptor(&end, descriptor, (unsigned)rate);
    return join(&end);
}

int ranin_cell_join_pcm(const char *name, int rate)
{
    struct voice_end end;
    int error = is_rate(rate) ? voice_end_pcm(&end, name, (unsigned)rate) : -EINVAL;

    return error < 0 ? error : join(&end);
}

int ranin_cell_failed(int slot)
{
    struct cell **place = slot < 0 ? NULL : find(slot);
    int failed;

    if (place == NULL)
        return EBADF;
    failed = __atomic_load_n(&(*place)->failed, __ATOMIC_ACQUIRE);
    return failed != 0 ? -failed : -voice_end_check(&(*place)->end);
}

void ranin_cell_leave(int slot)
{
    struct cell **place = slot < 0 ? NULL : find(slot), *cell;
    struct voice_end end;

    if (place == NULL)
        return;
    cell = *place;
    *place = NULL;
    pj_mutex_lock(cell->lock);
    end = cell->end;
    cell->open = 0;
    pj_mutex_unlock(cell->lock);
    voice_end_close(&end);
    pjsua_conf_remove_port(slot);
    pjmedia_port_destroy(&cell->base);
}
