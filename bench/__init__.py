"""Measurements: `python run.py bench`. Never part of the tests."""
