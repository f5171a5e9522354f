/* How long the thread that polls the endpoint may sleep: pjsua2 does not say, and polling a
 * hundred times a second for timers that are minutes away costs more than a call's sound.
 */
#include "ranin_wait.h"

#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

int ranin_wait_ms(int most)
{
    pj_timer_heap_t *heap = pjsip_endpt_get_timer_heap(pjsua_get_pjsip_endpt());
    pj_time_val due, now;
    long wait;

    if (pj_timer_heap_count(heap) == 0 || pj_timer_heap_earliest_time(heap, &due) != PJ_SUCCESS)
        return most;
    pj_gettickcount(&now);
    PJ_TIME_VAL_SUB(due, now);
    wait = PJ_TIME_VAL_MSEC(due);
    return wait < 1 ? 1 : wait > most ? most : (int)wait;
}
