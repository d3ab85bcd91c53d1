"""What needs a decision of the person, and the windows where it is made."""
