"""Several regions on one machine: a local cloud for each, which hand each other requests and replicas."""
