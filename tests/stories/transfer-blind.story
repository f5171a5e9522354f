I give a caller on to somebody else without asking there
    (in G.711)
    the phone is registered
    I lift the handset
    I dial 604#
    I hear 1000 Hz
    I press soft2
    the display says "Transfer to"
    604 hears music
    I dial 611
    I press soft1
    the display says "Transferred"
    604 hears 500 Hz
    611 hears 1000 Hz
    I put the handset back
    the display says "Ready"
