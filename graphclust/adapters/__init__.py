"""Images, texts, molecules and the like, brought in as graphs; one modality a file.

Each is looked up on first use, so that nothing heavy is imported before it is needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_LAZY = {
    "from_images": "graphclust.adapters.images",
    "from_series": "graphclust.adapters.series",
    "from_smiles": "graphclust.adapters.molecules",
    "from_structures": "graphclust.adapters.proteins",
    "from_table": "graphclust.adapters.tables",
    "from_texts": "graphclust.adapters.texts",
    "from_vectors": "graphclust.adapters.vectors",
    "from_videos": "graphclust.adapters.videos",
    "from_views": "graphclust.adapters.views",
    "load_images": "graphclust.adapters.images",
    "load_molecule_set": "graphclust.adapters.named_molecules",
    "load_molecules": "graphclust.adapters.named_molecules",
    "morgan_fingerprints": "graphclust.adapters.molecules",
    "read_molecules": "graphclust.adapters.molecules",
    "read_proteins": "graphclust.adapters.proteins",
}

if TYPE_CHECKING:
    from graphclust.adapters.images import from_images as from_images
    from graphclust.adapters.images import load_images as load_images
    from graphclust.adapters.molecules import from_smiles as from_smiles
    from graphclust.adapters.molecules import morgan_fingerprints as morgan_fingerprints
    from graphclust.adapters.molecules import read_molecules as read_molecules
    from graphclust.adapters.named_molecules import load_molecule_set as load_molecule_set
    from graphclust.adapters.named_molecules import load_molecules as load_molecules
    from graphclust.adapters.proteins import from_structures as from_structures
    from graphclust.adapters.proteins import read_proteins as read_proteins
    from graphclust.adapters.series import from_series as from_series
    from graphclust.adapters.tables import from_table as from_table
    from graphclust.adapters.texts import from_texts as from_texts
    from graphclust.adapters.vectors import from_vectors as from_vectors
    from graphclust.adapters.videos import from_videos as from_videos
    from graphclust.adapters.views import from_views as from_views

__all__ = sorted(_LAZY)


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
