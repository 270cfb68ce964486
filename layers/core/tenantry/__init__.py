"""Tenantry's core: the domain, the serving options, the use cases and their adapters."""
