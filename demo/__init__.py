"""The demo: one story, told in the terminal (`__main__`) and by buttons on a page (`page`)."""
