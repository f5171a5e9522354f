"""Ranin: the open firmware of a Raspberry Pi desk IP phone."""

__version__ = "0.1.0"
