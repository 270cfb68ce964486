"""In-memory twins of the AWS adapters, for tests and for what is shown in virtual time. Never for Lambda."""
