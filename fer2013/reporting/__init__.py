"""The leaderboard, the cost of a training, and pictures."""
