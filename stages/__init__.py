"""One short script per DVC stage: read the inputs, call fer2013, write the outputs."""
