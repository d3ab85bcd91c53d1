"""The type of every column that has text."""

import sqlalchemy as sa

TEXT = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
"""In the order of its code points on every database, whatever the language of PostgreSQL: also quicker to compare."""
