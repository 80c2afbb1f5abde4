"""What operators hand to commands: files with keys, settings to try."""
