"""What somebody typed for a library becomes the libraries that may be meant."""
