"""A day in the life of a vendor with two tenants, played on the local cloud with real parts."""
