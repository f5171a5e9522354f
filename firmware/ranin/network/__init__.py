"""Which links the phone has, and whether its server answers over each."""
