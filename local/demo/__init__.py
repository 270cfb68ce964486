"""Two acts with a vendor and its customers, played on the local cloud with real parts."""
