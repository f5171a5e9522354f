/* The modem's side of a mobile call's sound: a descriptor or an ALSA PCM (see voice_end.c). */
#ifndef RANIN_VOICE_END_H
#define RANIN_VOICE_END_H

#include <alsa/asoundlib.h>
#include <stdint.h>

struct voice_end {
    int descriptor; /* -1: a PCM, or none */
    snd_pcm_t *playback, *capture;
    unsigned rate;
    unsigned lead_ms;        /* what a PCM's playback is ahead when it starts */
    unsigned char half_in;   /* first byte of a sample that has come by halves */
    unsigned char half_out;  /* second byte of a sample that went by halves */
    int has_half_in, has_half_out;
};

/* Uses the descriptor, which is closed with the end. */
void voice_end_descriptor(struct voice_end *end, int descriptor, unsigned rate);

/* Opens the PCM for both directions; 0, or a negative errno and nothing is open. */
int voice_end_pcm(struct voice_end *end, const char *name, unsigned rate);

/* At most `most` samples that are there; a negative errno when the end has failed. Never waits. */
int voice_end_read(struct voice_end *end, int16_t *samples, unsigned most);

/* Samples for the modem, lost when it does not take them; a negative errno when the end has failed. Never waits. */
int voice_end_write(struct voice_end *end, const int16_t *samples, unsigned count);

/* 0, or a negative errno when the descriptor is known to be dead without reading it. */
int voice_end_check(const struct voice_end *end);

/* Closes what is open. A dead modem cannot hold it up. */
void voice_end_close(struct voice_end *end);

#endif
