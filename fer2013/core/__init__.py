"""What a training is: configuration, seeds, device, data in memory, loop, losses, weights."""
