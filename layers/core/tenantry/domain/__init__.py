"""Nouns and judgements. Standard library and pydantic only: no AWS, no environment, no clock."""
