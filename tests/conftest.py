"""What holds for all tests."""

import os

# A test searches for its proofs: what an earlier run found would hide that a search is broken.
os.environ["DERIVE_CACHE"] = "off"
