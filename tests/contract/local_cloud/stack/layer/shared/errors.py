"""Errors a machine tells apart by their class names."""


class Refused(Exception):
    """Never try again."""


class Hiccup(Exception):
    """Try again."""
