"""Commands that are not stages of the pipeline; the Makefile calls most of them."""
