"""Run a Python program, then stay: what it left in the background goes on, as in a long program.

Its arguments are the seconds, then the program's module or file, then the program's arguments.
"""

import runpy
import sys
import time

seconds = float(sys.argv[1])
del sys.argv[:2]
try:
    if sys.argv[0].endswith(".py"):
        runpy.run_path(sys.argv[0], run_name="__main__")
    else:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
finally:
    time.sleep(seconds)
