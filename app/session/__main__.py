"""`python -m app.session`: the warm worker."""

import sys

from app.session.worker import main

if __name__ == "__main__":
    main(sys.argv[1:])
