"""Untrusted search for certificates. It may give up; it cannot lie, since the kernel re-checks what it finds."""
