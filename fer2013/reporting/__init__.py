"""Leaderboard, cost of a training, and pictures."""
