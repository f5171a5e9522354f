"""Mains and battery: what they say, how long the battery lasts, and saving."""
