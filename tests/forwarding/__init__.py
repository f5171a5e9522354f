"""The forwarding room against real servers on loopback."""
