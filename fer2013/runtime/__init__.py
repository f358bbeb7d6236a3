"""Errors, atomic writes, DVCLive and W&B.

This code changes no byte of a result, so no stage declares this folder as a dependency.
"""
