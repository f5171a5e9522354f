Somebody calls, I answer, we talk, they hang up
    the phone is registered
    604 calls me
    the phone rings
    the ring lamp is on
    the display says "604"
    I lift the handset
    I hear 1000 Hz
    the phone does not ring
    I say 700 Hz
    604 hears 700 Hz
    604 hangs up
    the display says "Call ended"
    I hear busy
    I put the handset back
    the display says "Ready"
