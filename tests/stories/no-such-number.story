Nobody has that number
    the phone is registered
    I lift the handset
    I dial 999#
    the display says "No such number"
    I hear unobtainable
    I put the handset back
