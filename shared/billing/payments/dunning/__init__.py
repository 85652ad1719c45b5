"""On which days somebody who did not pay is tried or told, and in what words."""
