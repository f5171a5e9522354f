A second caller is told busy and counted as missed
    the phone is registered
    I lift the handset
    I dial 604#
    the display says "Connected"
    605 calls me
    I hear 1000 Hz
    the phone does not ring
    the display says "Connected"
    I put the handset back
    the display says "Ready"
    I press ok
    the display says "Missed calls"
