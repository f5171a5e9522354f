"""The modem: a telephone and a text messenger behind AT commands."""
