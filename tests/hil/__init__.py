"""The phone's hardware edges on a real kernel's GPIO chip, in an emulated machine (`make hil`)."""

PORT = "ranin.hil"
"""The virtio port by which the two sides talk."""
