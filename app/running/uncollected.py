"""Imported before large libraries: nothing of theirs is garbage, and to look for some takes a tenth of the import.

`app.running.units` has it looked for again afterwards.
"""

import gc

gc.disable()
