Three hear each other: I call one, put them aside, call another, and join them
    (in G.711)
    the phone is registered
    I lift the handset
    I dial 604#
    I hear 1000 Hz
    I press soft1
    I dial 611#
    I hear 500 Hz
    the display says "2 calls"
    I press soft2
    the display says "Conference"
    I hear 1000 Hz and 500 Hz
    611 hears 1000 Hz
    604 hears 500 Hz
    I say 700 Hz
    604 hears 700 Hz and 500 Hz
    611 hears 700 Hz and 1000 Hz
    611 hangs up
    I hear 1000 Hz
    604 hears 700 Hz
