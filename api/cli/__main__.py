"""`./gridpatrol` ends up here."""

import sys

from api.cli.console import run

sys.exit(run())
