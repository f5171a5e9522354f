Without any data calls go and come over the modem, with the same handset and keys
    (with networks, modem and battery)
    Ethernet is pulled out
    LTE is pulled out
    within 9 seconds the display says "Mobile network only"
    I lift the handset
    I dial 0612345678#
    I hear 620 Hz
    I say 450 Hz
    over the SIM 450 Hz is heard
    I put the handset back
    the call is over
    +33699999999 calls the SIM
    the display says "+33699999999"
    the phone rings
    I lift the handset
    I hear 620 Hz
