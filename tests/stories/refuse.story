A ringing call is hushed, then refused
    the phone is registered
    604 calls me
    the phone rings
    I press mute
    the phone does not ring
    the display says "Lift to answer"
    I press cancel
    the display says "Ready"
