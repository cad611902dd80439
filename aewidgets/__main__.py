"""Entry point of `python -m aewidgets`, for when the script `aewidgets` is not on the path."""

from aewidgets.cli import main

if __name__ == "__main__":
    main(prog_name="aewidgets")
