"""Measuring methods beside each other: same data, same seeds, labels in the score alone."""

from graphclust.bench.results import Results
from graphclust.bench.runner import measure, paper_settings, plan, plan_for, run_bench
from graphclust.bench.table import markdown

__all__ = ["Results", "markdown", "measure", "paper_settings", "plan", "plan_for", "run_bench"]
