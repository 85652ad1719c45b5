"""What a person sees of a run: progress, reports, summaries."""
