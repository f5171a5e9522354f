It rings there, I give up
    the phone is registered
    I lift the handset
    I dial 605#
    the display says "Ringing"
    I hear ringback
    I put the handset back
    the display says "Ready"
