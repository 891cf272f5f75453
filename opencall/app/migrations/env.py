"""Run by Alembic: migrate over the connection that the caller opened."""

from alembic import context

from opencall.app.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
