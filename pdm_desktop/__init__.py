"""The seat: the program on each workstation that shows the vault's files and keeps the workspace in step."""
