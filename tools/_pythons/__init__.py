"""Helpers of tools/pythons: finding, building and caching Python interpreters."""
