Whoever waits after the last digit need not press anything
    the phone is registered
    I lift the handset
    I dial 604
    the display says "OK calls at once"
    (the core alone)
    5 seconds pass
    the display says "Connected"
