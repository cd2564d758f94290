"""What one rank of :mod:`graphclust.bench.ranks` does: train, and tell the time of every epoch."""

from __future__ import annotations

import copy
import json
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from graphclust.bench.job import Job
from graphclust.errors import InputError
from graphclust.estimators.resolution import named_method
from graphclust.graphs.share import share_of
from graphclust.methods.base import DeepMethod
from graphclust.ranks import find_ranks
from graphclust.training import Network, Run, train

# Epochs in which caches fill and the transpose is made.
_WARM_UPS = 2


def measure(task: dict[str, Any]) -> None:
    """Train a method's network, and write the seconds and the loss of each epoch."""
    torch.set_num_threads(int(task["threads"]))
    ranks = find_ranks()
    method = named_method(task["method"])
    if not isinstance(method, DeepMethod):
        raise InputError(f"{method.name} trains nothing")
    if "batch_size" in method.argument_names():
        method = method.replace(batch_size=2**40)
    job = Job("planted", method, seed=task["seed"], device=task["device"], folder=task["folder"])
    run = Run.start(task["seed"], task["device"], ranks=ranks)
    graph = replace(job.load().graph.to(run.device), ranks=ranks)
    recipe = copy.deepcopy(method.compose(graph, task["clusters"]))
    if recipe.objective is None:
        raise InputError(f"{method.name} trains nothing")
    network = Network(recipe.before, recipe.encoder, recipe.after, recipe.head)
    prepared = network.build(graph, task["clusters"], run.generator)
    began: list[tuple[float, float]] = []

    def tick(epoch: int) -> None:
        if run.device.type == "cuda":
            torch.cuda.synchronize()
        began.append((time.perf_counter(), time.process_time()))

    epochs = int(task["epochs"]) + _WARM_UPS
    how = recipe.optimisation.replace(epochs=epochs + 1)
    train(network, prepared, recipe.objective, how, run, before_epoch=tick)
    if ranks is not None and not ranks.first:
        return
    fetched = 0.0
    if ranks is not None:
        halo = share_of(prepared).rows.halo
        fetched = halo.n_fetched / halo.own.numel()
    taken = [(b - a, d - c) for (a, c), (b, d) in pairwise(began)][_WARM_UPS:]
    found = {
        "seconds": [wall for wall, _ in taken],
        "cpu": [busy for _, busy in taken],
        "losses": run.history["loss"][:epochs],
        "fetched": fetched,
    }
    Path(task["answer"]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    measure(json.loads(sys.argv[1]))
