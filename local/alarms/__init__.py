"""CloudWatch alarms that fire: judgements over metric data, and what a change of state sets off."""
