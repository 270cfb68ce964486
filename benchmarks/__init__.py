"""Measurements: ratios and counts, each beside its reference arm in the same run."""
