The language chosen in the menu is the display's at once
    the phone is registered
    the display says "Ready"
    I press menu
    I press up
    I press up
    I press up
    I press up
    I press ok
    the display says "Language"
    I press down
    I press ok
    the display says "Guardado"
    I press menu
    within 10 seconds the display says "Listo"
    I dial 604
    the display says "Descuelgue para llamar"
    I press cancel
    I press cancel
    I press cancel
    I press menu
    I press up
    I press up
    I press up
    I press up
    I press ok
    the display says "Idioma"
    I press up
    I press ok
    the display says "تم الحفظ"
    I press menu
    within 10 seconds the display says "جاهز"
