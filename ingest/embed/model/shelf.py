"""Every embedding model that can be named, and which of them are on this machine."""

from dataclasses import dataclass

from shared.embedding.model import MANIFEST, directory_of, read_manifest
from shared.embedding.runtime import entries
from shared.settings import IngestSettings


@dataclass(frozen=True, slots=True)
class Listed:
    """A model of fastembed's list; `window` is known once the model is here."""

    name: str
    dimension: int
    megabytes: int
    here: bool
    window: int | None
    in_use: bool


def shelf(settings: IngestSettings) -> list[Listed]:
    """Those in use and here first, then by name."""
    found = []
    for entry in entries():
        in_use = entry.model.lower() == settings.embedding_model.lower()
        given = settings.embedding_model_path if in_use else None
        manifest = read_manifest((given or directory_of(settings.home, entry.model)) / MANIFEST)
        found.append(
            Listed(
                name=entry.model,
                dimension=manifest.dimension if manifest else entry.dim or 0,
                megabytes=round(entry.size_in_GB * 1000),
                here=manifest is not None or (given is not None and given.is_dir()),
                window=manifest.window if manifest else None,
                in_use=in_use,
            )
        )
    return sorted(found, key=lambda listed: (not listed.in_use, not listed.here, listed.name.lower()))
