"""What commands print: each report is made of lines for people and of data for programs."""
