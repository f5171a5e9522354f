The other side is busy
    the phone is registered
    I lift the handset
    I dial 602#
    the display says "Busy"
    I hear busy
    I put the handset back
    the display says "Ready"
