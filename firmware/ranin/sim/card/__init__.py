"""A sound card without hardware: a clocked ALSA plug-in and its far side."""
