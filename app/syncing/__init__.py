"""The parts of a sync: whom to ask how politely, which days, what is kept of it, and whether one source shows less."""
