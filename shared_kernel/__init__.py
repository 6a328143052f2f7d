"""What all contexts share, without a word of any context's business. Imports no context."""
