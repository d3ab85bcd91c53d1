"""Who somebody is: passwords, tokens, how often one may try, and the guard at every door."""
