"""Application Auto Scaling that acts: policies are carried out through SageMaker's own API."""
