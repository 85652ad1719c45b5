"""What providers tell us by themselves: verified, stored, and believed only once it is fetched."""
