/* What is answered to a request that PJSIP cannot parse, from its text alone (see unparsed.c). */
#ifndef RANIN_UNPARSED_H
#define RANIN_UNPARSED_H

#include <stddef.h>

/* The final status for a request whose first line cannot be parsed; 0: it is none that may be answered. */
int unparsed_status(const char *packet, size_t length);

/* Copies the method, cut to the room; empty if the packet is a response or no SIP at all. */
void unparsed_method(const char *packet, size_t length, char *method, size_t room);

/* Writes the response with a further header line, or none ("", else with its CRLF); its length, or 0 if it cannot be. */
size_t unparsed_answer(const char *packet, size_t length, int status, const char *header, char *answer, size_t room);

#endif
