"""The author's own NumPy code: its gradient against the function itself, and both against a formula."""
