Ethernet falls silent in a call: it goes on over LTE, and the phone goes back between calls
    (with networks, modem and battery)
    I lift the handset
    I dial 604#
    I hear 1000 Hz
    Ethernet falls silent
    within 9 seconds the display says "Reconnecting"
    within 5 seconds the display says "Connected"
    I hear 1000 Hz
    I put the handset back
    the display says "Ready over LTE"
    Ethernet is back
    within 45 seconds the display says "Network is back"
    within 9 seconds the display says "Ready"
    I lift the handset
    I dial 604#
    I hear 1000 Hz
