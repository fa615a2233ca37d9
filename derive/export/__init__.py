"""What people read: a derivation and its report as LaTeX, as a web page and as a notebook."""
