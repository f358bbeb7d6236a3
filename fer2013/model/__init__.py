"""All that a prediction needs: configuration, blocks, normalisation, inference, weights."""
