/* Text that has come in calls, kept for the thread that polls.
 *
 * PJSIP tells of it on its media threads, and pjsua2 would queue a job for each packet: a flood of them would push
 * other jobs out of the queue. Here it waits in a room of fixed size, and what does not fit is lost.
 */
#include "ranin_text.h"

#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#define ROOM 4096

static struct {
    char text[PJSUA_MAX_CALLS][ROOM];
    unsigned length[PJSUA_MAX_CALLS];
    char taken[ROOM + 1];
} kept;

/* NUL says nothing in T.140 and would end the text here. */
static void on_text(pjsua_call_id call, const pjsua_txt_stream_data *data)
{
    pj_ssize_t i;

    pj_enter_critical_section();
    for (i = 0; i < data->text.slen && kept.length[call] < ROOM; ++i) {
        if (data->text.ptr[i] != '\0')
            kept.text[call][kept.length[call]++] = data->text.ptr[i];
    }
    pj_leave_critical_section();
}

void ranin_text_start(void)
{
    pj_bzero(&kept, sizeof(kept));
    pjsua_var.ua_cfg.cb.on_call_rx_text = &on_text;
}

const char *ranin_text_take(int call)
{
    unsigned length;

    if (call < 0 || call >= PJSUA_MAX_CALLS)
        return "";
    pj_enter_critical_section();
    length = kept.length[call];
    pj_memcpy(kept.taken, kept.text[call], length);
    kept.length[call] = 0;
    pj_leave_critical_section();
    kept.taken[length] = '\0';
    return kept.taken;
}
