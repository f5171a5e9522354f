The two phones share no codec
    the phone is registered
    I lift the handset
    I dial 610#
    the display says "No common sound format"
    I hear congestion
    I put the handset back
