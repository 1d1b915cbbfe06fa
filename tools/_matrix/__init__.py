"""The parts of tools/matrix."""
