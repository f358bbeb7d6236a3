"""Commands that are not stages; the Makefile calls them."""
