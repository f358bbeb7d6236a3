"""What everything else stands on: constants, typed sections, tensor files, seeds, metrics."""
