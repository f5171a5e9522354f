Digits typed with the handset down are dialled by lifting it
    the phone is registered
    I dial 604
    the display says "Lift to call"
    I lift the handset
    I hear 1000 Hz
    I press cancel
    I hear dial tone
    I press redial
    I hear 1000 Hz
    I put the handset back
