"""What all other folders use: constants, typed sections, tensor files, seeds, metrics."""
