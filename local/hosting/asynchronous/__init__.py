"""Asynchronous endpoints: requests wait in a queue, are taken by instances, and end in S3 and in a notice to SNS."""
