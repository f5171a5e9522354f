Somebody calls while I talk: I put one aside, talk to the other, and swap
    (in G.711)
    the phone is registered
    I lift the handset
    I dial 604#
    the display says "Connected"
    I hear 1000 Hz
    605 calls me
    the display says "Calls you"
    the phone does not ring
    I press soft1
    the display says "On hold"
    I say 700 Hz
    605 hears 700 Hz
    604 hears music
    I press soft1
    I hear 1000 Hz
    604 hears 700 Hz
    605 hears music
    I put the handset back
    the display says "On hold"
    I lift the handset
    605 hears 700 Hz
    605 hangs up
    the display says "Call ended"
