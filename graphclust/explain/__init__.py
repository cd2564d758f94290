"""What the members of a cluster have in common, and how they differ from all others."""

from graphclust.explain.attribution import (
    Attribution,
    cluster_margin,
    gradient_times_input,
    integrated_gradients,
    occlusion,
)
from graphclust.explain.differences import Difference, differences
from graphclust.explain.enrichment import Enriched, enrichment
from graphclust.explain.explanation import Explanation, Group
from graphclust.explain.graphs import explain_graphs, graph_statistics
from graphclust.explain.medoids import medoids
from graphclust.explain.molecules import explain_molecules
from graphclust.explain.nodes import explain_nodes
from graphclust.explain.substructures import (
    Common,
    common_substructure,
    functional_groups,
    scaffolds,
)
from graphclust.explain.writing import write_explanation

__all__ = [
    "Attribution",
    "Common",
    "Difference",
    "Enriched",
    "Explanation",
    "Group",
    "cluster_margin",
    "common_substructure",
    "differences",
    "enrichment",
    "explain_graphs",
    "explain_molecules",
    "explain_nodes",
    "functional_groups",
    "gradient_times_input",
    "graph_statistics",
    "integrated_gradients",
    "medoids",
    "occlusion",
    "scaffolds",
    "write_explanation",
]
