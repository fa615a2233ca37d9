"""The derivation once more in SymPy: an opinion that shares no arithmetic with the kernel."""
