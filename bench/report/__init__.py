"""What was found, for people: tables, a chart, and the page of the docs that holds them."""
