"""The embedded far end: a SIP server and people to call, in a network namespace of their own."""
