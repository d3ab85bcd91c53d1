"""What the server's office may answer in the sample shop."""

from server.protocol.calls import Account, People

PEOPLE = People(
    people=[
        Account(name="Anna Novak", administrator=False, disabled=False),
        Account(name="Jan Kowalski", administrator=False, disabled=False),
        Account(name="Luca Ferri", administrator=False, disabled=False),
        Account(name="Mei Tanaka", administrator=False, disabled=False),
        Account(name="Olga Lind", administrator=True, disabled=False),
        Account(name="Paul Brandt", administrator=False, disabled=True),
        Account(name="Priya Shah", administrator=False, disabled=False),
        Account(name="Sam Becker", administrator=True, disabled=False),
        Account(name="Tomas Ruiz", administrator=False, disabled=False),
    ]
)
"""Everybody who has an account."""
