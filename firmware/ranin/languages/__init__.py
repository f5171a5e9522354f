"""The messages in other languages, as GNU gettext catalogues."""
