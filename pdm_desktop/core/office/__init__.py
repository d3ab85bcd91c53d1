"""What is asked of the server beside files: people, rules, locks of others, messages, numbers of the shop."""
