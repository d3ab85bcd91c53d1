"""What the commands say to a person."""


class Problem(Exception):
    """A command cannot go on; the text says what is wrong and what to do."""


def say(text: str) -> None:
    """Print a line at once, in the order of what the started programs print."""
    print(text, flush=True)
