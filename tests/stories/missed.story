A missed call is shown, and dialled back from the list
    the phone is registered
    604 calls me
    the phone rings
    604 hangs up
    the phone does not ring
    the display says "Ready"
    I press ok
    the display says "Missed calls"
    the display says "Tone"
    I lift the handset
    I hear 1000 Hz
    I put the handset back
    the display says "Ready"
