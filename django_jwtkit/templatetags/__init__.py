"""The template tags: Django looks for them in this package."""
