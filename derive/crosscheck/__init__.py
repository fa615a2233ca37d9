"""The derivation once more in numbers."""
