"""EventBridge's part of the local cloud: events, rules' targets, input transformers and schedules."""
