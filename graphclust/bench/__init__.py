"""Measuring methods beside each other: same data, same seeds, labels in the score alone."""

from graphclust.bench.runner import markdown, paper_settings, run_bench, write_results

__all__ = ["markdown", "paper_settings", "run_bench", "write_results"]
