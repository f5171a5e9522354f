"""Mains and battery: what is left, for how long, and how to make it last."""
