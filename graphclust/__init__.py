"""Deep clustering of graphs, and of anything that can be brought in as a graph."""
