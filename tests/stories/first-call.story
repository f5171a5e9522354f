A newcomer makes the first call
    the phone is registered
    I lift the handset
    I hear dial tone
    I dial 604#
    the display says "604"
    I hear 1000 Hz
    the display says "Connected"
    I say 700 Hz
    604 hears 700 Hz
    I put the handset back
    the display says "Ready"
    I hear nothing
