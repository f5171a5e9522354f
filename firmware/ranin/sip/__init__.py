"""Both ends of the SIP engine: the separate process that speaks SIP, and its client in the daemon."""
