"""What goes on in the shop at a glance."""
