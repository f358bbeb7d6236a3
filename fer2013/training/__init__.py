"""The training loop, with the batches, losses, optimizers and schedules that it uses."""
