"""The pure core: every decision of the phone, no I/O, no clock, no threads."""
