"""python -m fer2013 predict …: the command `fer2013` of the wheel, from a clone."""

from fer2013.predict.command import main

main()
