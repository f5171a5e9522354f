"""Draws the kits from the board files: wiring, pins, overlays, bill, case, labels, guide."""
