"""The operator's command line: the core's use cases, wired to whatever account or local cloud the shell points at.

Exit status: 0 done, 1 the thing asked about ended badly or could not be done, 2 usage, settings or out of time.
"""
