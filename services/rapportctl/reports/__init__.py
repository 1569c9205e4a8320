"""Reports about a trained model: figures, words and pictures."""
