"""Which published model families can the core be? One file a family, with the object `FAMILY`."""
