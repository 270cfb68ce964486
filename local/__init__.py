"""The local cloud: the real template, deployed and running on one machine."""
