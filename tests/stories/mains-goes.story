Mains goes, the battery empties, and mains comes back
    (with networks, modem and battery)
    mains goes
    within 8 seconds the display says " h "
    the battery is nearly empty
    within 60 seconds the display says "Switched off"
    mains is back
    within 30 seconds the display says "Ready"
    I lift the handset
    I dial 604#
    I hear 1000 Hz
