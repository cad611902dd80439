"""Options of all commands: a default that help shows can be given, and a number that is not finite cannot."""

import click
import pytest

from aewidgets.cli import main
from aewidgets.commands.denoise import NoiseLevel
from aewidgets.commands.numbers import Literal

NOT_FINITE = ("nan", "inf", "-inf", "NaN", "1e999")


def commands(group=main, path=(), parent=None):
    """Yield path, command and context of every command, those of groups too."""
    context = click.Context(group, parent=parent, info_name=path[-1] if path else "aewidgets")
    if not isinstance(group, click.Group):
        yield " ".join(path), group, context
        return
    for name in group.list_commands(context):
        yield from commands(group.get_command(context, name), (*path, name), context)


def options():
    return [
        pytest.param(option, context, id=f"{path} {option.opts[0]}")
        for path, command, context in commands()
        for option in command.params
        if isinstance(option, click.Option)
    ]


def given(option, context, text):
    """Return what a command receives when this text is given."""
    return option.process_value(context, [text] if option.multiple else text)


def is_number(option):
    kinds = (click.types.FloatParamType, click.FloatRange, Literal, NoiseLevel)
    return isinstance(option.type, kinds)


def has_default(option, context):
    return "default" in option.get_help_extra(context)


@pytest.mark.parametrize("option, context", [each for each in options() if has_default(*each.values)])
def test_a_default_that_help_shows_can_be_given(option, context):
    shown = option.get_help_extra(context)["default"]
    if option.is_flag:
        assert any(shown in flag for flag in (*option.opts, *option.secondary_opts))
    else:
        assert given(option, context, shown) == option.get_default(context)


@pytest.mark.parametrize("option, context", [each for each in options() if is_number(each.values[0])])
def test_a_number_that_is_not_finite_is_refused_in_words(option, context):
    for text in NOT_FINITE:
        with pytest.raises(click.BadParameter, match=r"expected|is not in the range"):
            given(option, context, text)


def test_there_are_numbers_in_many_commands():
    names = {each.id.rsplit(" ", 1)[0] for each in options() if is_number(each.values[0])}
    assert {"compress", "denoise", "report", "sweep", "schedule"} < names
    assert {"train codec", "train denoiser", "train dense"} < names


@pytest.mark.parametrize(
    "text, value",
    [("512", (512,)), ("512, 256", (512, 256)), ("(512,)", (512,)), ("()", ()), ("[8, 4]", [8, 4]), ("wide", "wide")],
)
def test_a_single_number_stands_for_a_tuple_of_it(text, value):
    assert Literal(several=True).convert(text, None, None) == value
    assert Literal().convert("512", None, None) == 512


@pytest.mark.parametrize("text", ["(1, 1e999)", "{'a': [1e999]}", "-1e999", "+inf", "1e999j"])
def test_numbers_inside_values_are_finite(text):
    with pytest.raises(click.BadParameter, match="expected finite numbers"):
        Literal(several=True).convert(text, None, None)
