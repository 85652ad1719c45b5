"""Code in many languages, as authors write it, with what breaks extractors."""

from tests.generators.samples import markup, plain, scripts, settings, systems
from tests.generators.samples.sample import Sample

SAMPLES: tuple[Sample, ...] = (
    *scripts.SAMPLES,
    *markup.SAMPLES,
    *settings.SAMPLES,
    *systems.SAMPLES,
    *plain.SAMPLES,
)

__all__ = ["SAMPLES", "Sample"]
