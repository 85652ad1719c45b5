"""How documents and alerts reach people: kept as first made, sent from the outbox."""
