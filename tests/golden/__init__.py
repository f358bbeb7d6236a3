"""What every recipe's first steps came to when they were last recorded, and how to record them."""
