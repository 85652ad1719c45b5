"""A PayPal that is ours, for tests: its own process, on loopback, with an account that nobody pays into.

What it is asked and what it answers is validated against PayPal's published OpenAPI, so it cannot drift from PayPal's
words. What PayPal does between them is written from PayPal's documentation, and was never compared with PayPal itself.

`contract.json` is kept of the package @paypal/paypal-rest-api-specifications 1.0.0 (Apache-2.0, PayPal, Inc.): the
operations that are used, with the schemas that they reach, without prose, without payment sources other than wallet and
card, and without what neither side says (addresses, items, evidence). `contract.py` has what the documentation adds.
"""
