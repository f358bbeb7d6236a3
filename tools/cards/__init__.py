"""Model cards in the form of Hugging Face's, made of the committed results."""
