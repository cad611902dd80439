"""All codecs on Kodak: points, BD-rates against optimised JPEG, worst images."""

from aewidgets.cli import main as aewidgets


def main() -> None:
    """Run `aewidgets rd kodak`; about a quarter of an hour on two cores."""
    aewidgets(["rd", "kodak", "--anchor", "jpeg"], standalone_mode=False)
