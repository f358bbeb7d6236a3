"""Training: the loop, and the batches, losses, optimizers and schedules that it uses."""
