Where I transfer to is busy: the caller is still mine
    (in G.711)
    the phone is registered
    I lift the handset
    I dial 604#
    I hear 1000 Hz
    I press soft2
    I dial 602
    I press soft1
    the display says "Not transferred"
    604 hears music
    I press soft1
    I hear 1000 Hz
