"""What must survive: the call log in SQLite."""
