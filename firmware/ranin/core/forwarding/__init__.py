"""Forwarding armed beforehand: who rings when the phone is unreachable, on whatever the other side offers."""
