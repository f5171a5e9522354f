"""`ranin doctor`: what of the phone's parts is there, what works, what is wrong, and what to do."""
