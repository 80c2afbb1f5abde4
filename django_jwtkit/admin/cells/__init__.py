"""What the admin shows of a row, cell by cell, and the words for it."""
