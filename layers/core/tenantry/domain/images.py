"""Which container image a fleet's hosts run: looked up in a table, never guessed."""

from tenantry.domain.errors import Rejected
from tenantry.domain.models import ModelProfile
from tenantry.domain.profiles import FleetProfile

DEFAULT = "default"
"""The key, beside the versions of a framework, that names its default version."""

Images = dict[str, dict[str, dict[str, str] | str]]
"""framework → version → region → image URI, and framework → `default` → a version."""


def image_of(profile: FleetProfile | ModelProfile, images: Images, region: str) -> str:
    """The image URI; Rejected, with what there is, when the table has none."""
    if profile.image:
        return profile.image
    versions = images.get(profile.framework or "")
    if versions is None:
        known = ", ".join(sorted(images)) or "none"
        raise Rejected(f"there is no known image for framework {profile.framework} (known: {known}): name an image")
    version = profile.framework_version or str(versions.get(DEFAULT, ""))
    regions = versions.get(version)
    if not isinstance(regions, dict):
        known = ", ".join(sorted(set(versions) - {DEFAULT}))
        raise Rejected(f"framework_version: {profile.framework} has no {version or 'default version'}; it has {known}")
    if region not in regions:
        raise Rejected(f"{profile.framework} {version} has no known image in {region}: name an image")
    return regions[region]
