"""How a run is carried out: units in child processes, the journal of events, the device's lock, the queue."""
