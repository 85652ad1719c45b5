"""Notes and lists that pages draw as something else."""
