/* The voice of a mobile call on the conference bridge (see ranin_cell.c). */
#ifndef RANIN_CELL_H
#define RANIN_CELL_H

#ifdef __cplusplus
extern "C" {
#endif

/* Puts a serial port that carries raw S16_LE mono on the bridge; its slot, or a negative errno.
 * The descriptor is ours from now on, whatever comes of it. */
int ranin_cell_join_descriptor(int descriptor, int rate);

/* Puts an ALSA PCM on the bridge; its slot, or a negative errno. */
int ranin_cell_join_pcm(const char *name, int rate);

/* The errno with which the slot's modem has failed; 0 while it has not. */
int ranin_cell_failed(int slot);

/* Takes it off the bridge and closes the modem's side at once. */
void ranin_cell_leave(int slot);

#ifdef __cplusplus
}
#endif
#endif
