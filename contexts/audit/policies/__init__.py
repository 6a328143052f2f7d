"""What an entry's hash is, and which entries of a chain do not fit: pure, without a database."""
