Text in a call
    (the core alone)
    the phone is registered
    I lift the handset
    I dial 604#
    the display says "Connected"
    604 writes "Hello"
    the display says "Hello"
    I press soft3
    I dial 44
    2 seconds pass
    I dial 444
    604 reads "hi"
    I press cancel
    604 reads "h"
    the display says "Done"
    I press soft3
    the display says "Text"
    I put the handset back
