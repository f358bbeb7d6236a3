"""Side-by-side measurements, each a script; README.md holds what they showed."""
