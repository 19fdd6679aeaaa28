"""What answers while one types? One warm process that has the libraries loaded, and whoever asks it.

`worker` is the process (`python -m app.session`): it loads torch and the models, and answers. `client` is for the web
process, which never imports torch: it starts the worker at the first question, asks again after a crash, and drops
questions that newer ones have made pointless.

It takes no lock of a device, though runs do, and that is right. A run holds its device for minutes, and what one types
would wait for all of them. An answer is one pass of a small model, in one CPU thread, some hundredths of a second:
it measures nothing, so that no result depends on whether it had the machine to itself. What it takes from a run that is
timed at that moment is no more than any page takes that is drawn then, and timings are marked so (`exact=False`).
"""
