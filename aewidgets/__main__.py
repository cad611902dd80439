"""`python -m aewidgets`: the command line by the interpreter, where its script is not on the path."""

from aewidgets.cli import main

if __name__ == "__main__":
    main(prog_name="aewidgets")
