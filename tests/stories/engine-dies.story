The call engine dies in a call: the phone says so, and the next call has sound
    the phone is registered
    I lift the handset
    I dial 604#
    I hear 1000 Hz
    the call engine dies
    the display says "One moment"
    I put the handset back
    the phone is registered
    the display says "Ready"
    I lift the handset
    I dial 604#
    I hear 1000 Hz
    I put the handset back
