"""A page to read a run by: one file, no network, nothing but the run folder needed."""

from graphclust.report.drawn_map import write_map
from graphclust.report.page import write_report

__all__ = ["write_map", "write_report"]
