"""What is on the server and here: places, tree, table, details."""
