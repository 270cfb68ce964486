"""Ask the SageMaker SDK for the images of multi-model hosts, and write the table that `plan_fleet` looks them up in.

`make images` runs this in `.venv-sagemaker`. The table: framework → version → region → image URI, and beside the
versions of a framework `default` → one of them. All are CPU images: on a GPU only Triton serves several models.
"""

import json
import sys
from pathlib import Path

from sagemaker.core import image_uris

TABLE = Path(__file__).parent.parent / "layers" / "core" / "tenantry" / "images.json"

INSTANCE_TYPE = "ml.m5.large"
"""Any CPU type: images differ by kind of processor only."""

VERSIONS = {
    "sklearn": ("1.0-1", "1.4-2-py312", "1.2-1"),  # 1.2-1: what training jobs use most
    "xgboost": ("1.5-1", "1.7-1", "3.0-5"),
    "pytorch": ("2.0.1", "2.1.0", "2.2.0", "2.3.0", "2.4.0", "2.5.1", "2.6.0"),
    "tensorflow": ("2.11.1", "2.12.1", "2.13.0", "2.14.1", "2.16.1", "2.18.0", "2.19.0"),
    "mxnet": ("1.9.0",),
}
"""Versions whose images say that they serve several models (the label com.amazonaws.sagemaker.capabilities.multi-models
in the newest ones' Dockerfiles: aws/sagemaker-scikit-learn-container, aws/sagemaker-xgboost-container,
aws/deep-learning-containers). The last one is the default."""


def main() -> None:
    """Resolve everything, then write; nothing is written when the SDK does not know a version."""
    table = {framework: resolve(framework, versions) for framework, versions in VERSIONS.items()}
    TABLE.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n")
    images = {
        uri
        for versions in table.values()
        for regions in versions.values()
        if isinstance(regions, dict)
        for uri in regions.values()
    }
    print(f"{len(images)} images of {len(table)} frameworks written to {TABLE.name}")


def resolve(framework: str, versions: tuple[str, ...]) -> dict[str, str | dict[str, str]]:
    """The part of the table for one framework."""
    return {"default": versions[-1]} | {version: in_regions(framework, version) for version in versions}


def in_regions(framework: str, version: str) -> dict[str, str]:
    """Region → image URI, wherever this image is."""
    config = image_uris.config_for_framework(framework)["inference"]["versions"]
    if version not in config:
        sys.exit(f"the SDK knows no {framework} {version}; it knows {', '.join(config)}")
    return {region: uri(framework, version, region) for region in sorted(config[version]["registries"])}


def uri(framework: str, version: str, region: str) -> str:
    """The URI of one image, as the SDK resolves it."""
    found: str = image_uris.retrieve(
        framework, region=region, version=version, instance_type=INSTANCE_TYPE, image_scope="inference"
    )
    return found


if __name__ == "__main__":
    main()
