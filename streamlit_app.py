"""The router: navigation over pages/, and nothing else."""

from app.ui import shell

shell.run()
