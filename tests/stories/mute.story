The mute key
    the phone is registered
    I lift the handset
    I dial 604#
    the display says "Connected"
    I press mute
    the mute lamp is on
    I press mute
    the mute lamp is off
    I say 700 Hz
    604 hears 700 Hz
    I put the handset back
