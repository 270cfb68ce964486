"""The Model Registry: model package groups and the versioned packages in them."""
