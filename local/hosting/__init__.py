"""SageMaker on one machine: control plane, routing and caching per instance, over Multi Model Server."""
