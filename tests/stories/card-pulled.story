The handset's sound card is pulled out in a call and put back
    the phone is registered
    I lift the handset
    I dial 604#
    I hear 1000 Hz
    the handset card is pulled out
    the handset card is put back
    I hear 1000 Hz
    I put the handset back
    the display says "Ready"
