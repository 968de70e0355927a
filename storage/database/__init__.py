"""The database file: connections and transactions, tables, column types, rows as domain values, migrations.

Knows SQLAlchemy. Does not know what any row is for.
"""
