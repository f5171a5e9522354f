"""The other phones of the provisioning, found on the LAN without any server."""
