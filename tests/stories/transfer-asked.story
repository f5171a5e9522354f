I ask a colleague first, then connect the two and am out of it
    (in G.711)
    the phone is registered
    I lift the handset
    I dial 604#
    I hear 1000 Hz
    I press soft2
    I dial 611#
    I hear 500 Hz
    604 hears music
    I press soft3
    the display says "Transferred"
    604 hears 500 Hz
    611 hears 1000 Hz
    I put the handset back
    the display says "Ready"
