"""The simulated phone: the same rooms, with only the outermost edge replaced."""
