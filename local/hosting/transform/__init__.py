"""Batch transform: jobs that put every record of their input through the model and leave nothing running."""
