"""Sound beside the calls: the ringer on its own PCM, the mixer of the card."""
