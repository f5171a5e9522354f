"""The configuration: its schema, its layers, and writing what was changed on the phone."""
