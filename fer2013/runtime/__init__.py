"""Errors, atomic writes, DVCLive and W&B.

Nothing here changes a byte of a result, so no stage declares this folder as a dependency.
"""
