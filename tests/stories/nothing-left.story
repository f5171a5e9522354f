Nothing is left: the phone says so at once, and serves as soon as one way is back
    (with networks, modem and battery)
    the mobile network goes
    Ethernet falls silent
    LTE falls silent
    within 12 seconds the display says "Not reachable"
    I lift the handset
    I dial 0612345678#
    the display says "No network"
    I put the handset back
    LTE is back
    within 15 seconds the display says "Data is back"
    I lift the handset
    I dial 604#
    I hear 1000 Hz
