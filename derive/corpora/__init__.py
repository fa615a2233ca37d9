"""Derivations that come with the program."""
