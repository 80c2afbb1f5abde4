"""The results as tables, as a chart, and in a page of the docs."""
