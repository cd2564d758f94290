"""A page to read a run by: one file, no network, nothing but the run folder needed."""

from graphclust.report.page import write_report

__all__ = ["write_report"]
