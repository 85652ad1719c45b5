"""`make golden`: write down what each stage makes of the corpus, where its revision was raised.

Where an output changed and its revision did not, nothing is written for that stage, and it is named.
"""

import sys

from tests.golden.stages import complaint, write

if __name__ == "__main__":
    sys.exit("\n".join(said for stage in write() if (said := complaint(stage))) or None)
