A handset left off the hook howls, then is silent
    (the core alone)
    the phone is registered
    I lift the handset
    16 seconds pass
    I hear howler
    the display says "Hang up"
    61 seconds pass
    I hear nothing
    I put the handset back
    the display says "Ready"
