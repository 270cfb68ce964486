"""Lambda on one machine: execution environments are processes of AWS's own runtime interface client."""
