"""Administration from the window: a tab for each thing that there is to administer."""
