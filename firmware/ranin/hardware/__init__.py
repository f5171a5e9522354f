"""The phone's own hardware: keypad, hook, lamps and display, through gpiozero and luma."""
