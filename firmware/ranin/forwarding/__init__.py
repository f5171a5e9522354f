"""Orders carried out at providers' HTTP interfaces."""
