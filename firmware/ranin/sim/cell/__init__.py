"""The simulated modem without its port: AT commands on one side, a mobile network on the other."""
