"""The SIP engine: a process of its own, the only one that imports pjsua2."""
