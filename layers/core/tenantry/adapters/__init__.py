"""Who answers the ports: AWS, or in-memory twins that pass the same contract tests."""
