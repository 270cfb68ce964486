"""`tenantry`, also as `python -m tenantry_cli`."""

from tenantry_cli import acting, asking, upkeep
from tenantry_cli.cli import cli

__all__ = ["acting", "asking", "cli", "main", "upkeep"]


def main() -> None:
    """The entry point."""
    cli(prog_name="tenantry")


if __name__ == "__main__":
    main()
