"""What the display shows: one `Screen` for every state of the phone (pure)."""
