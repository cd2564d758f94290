"""What each figure means, in plain words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Meaning:
    """How to read one metric: its name, what it says, its range, and more on hover."""

    title: str
    short: str
    more: str
    low: float = 0.0
    high: float = 1.0
    better: str = "higher is better"


KNOWN_CLASSES: dict[str, Meaning] = {
    "acc": Meaning(
        "Accuracy",
        "Items whose cluster is the one that stands for their class.",
        "Clusters are matched to classes one to one so that most items agree (Hungarian "
        "matching). Items of unmatched clusters and unassigned items count as wrong. "
        "A large class alone can make it high.",
    ),
    "nmi": Meaning(
        "NMI",
        "How much knowing the cluster tells about the class.",
        "Normalised mutual information: 0 is nothing, 1 is everything. It rises with the number "
        "of clusters even by chance, so read AMI beside it.",
    ),
    "ami": Meaning(
        "AMI",
        "The same, with what chance alone would give taken off.",
        "Adjusted mutual information: about 0 for random clusters, whatever their number; 1 for "
        "the classes themselves; below 0 is worse than chance.",
        low=-0.2,
    ),
    "ari": Meaning(
        "ARI",
        "Pairs of items on which clusters and classes agree, beyond chance.",
        "Adjusted Rand index: about 0 for random clusters, 1 for the classes themselves. Large "
        "clusters weigh more, as they hold more pairs.",
        low=-0.2,
    ),
    "f1": Meaning(
        "Macro-F1",
        "Precision and recall in balance, every class counting the same.",
        "Mean F1 of the classes under the matching of the accuracy. A class without a cluster of "
        "its own counts 0, so small classes that were missed show here.",
    ),
}

WITHOUT_CLASSES: dict[str, Meaning] = {
    "modularity": Meaning(
        "Modularity",
        "Edges inside clusters, beyond what chance would put there at these degrees.",
        "0 is what chance gives at these degrees; values of 0.3 and more are common in networks "
        "with communities. The highest modularity need not be the true classes.",
        low=-0.5,
    ),
    "coverage": Meaning(
        "Coverage",
        "Share of edge weight that stays inside clusters.",
        "A single cluster has coverage 1, so read it beside the number of clusters.",
    ),
    "conductance": Meaning(
        "Conductance",
        "Of a cluster's ties, the share that leads out of it; mean of the clusters.",
        "Weight of the edges that leave, by the sum of the degrees inside (or outside, if that is "
        "less). 0 means that no edge leaves. Every cluster counts the same, whatever its size.",
        better="lower is better",
    ),
    "silhouette": Meaning(
        "Silhouette",
        "How much nearer items are to their own cluster than to the next, in the embedding.",
        "From -1 to 1; about 0 means that clusters touch. It judges the embedding that the "
        "method made itself, so compare it within one method only. Beyond 10,000 items it is "
        "taken on a random sample.",
        low=-1.0,
    ),
    "n_effective_clusters": Meaning(
        "Effective clusters",
        "As many clusters of equal size would share out the items as evenly.",
        "Exponential of the entropy of the sizes. Equal to the number of clusters when they are "
        "of equal size; far below it when one cluster holds nearly everything.",
        better="of the number of clusters",
    ),
}
