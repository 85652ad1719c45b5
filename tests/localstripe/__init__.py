"""localstripe, which nobody here wrote, in a process of its own behind a small proxy of ours.

It is GPL, for development only, and never imported: `__main__.py` starts it by its name, with its file of state turned
off, and the proxy passes requests on. Real Stripe does more than localstripe, and the proxy makes up for what we use:

- idempotency keys: the first answer again, and no other parameters with a key;
- parameters that it does not know: `description`, `cancellation_reason`; `allowed_payment_method_types` is
  `payment_method_types` there;
- lists by e-mail, customer or time, the newest first;
- a clock that a test sets: localstripe knows the machine's alone;
- requests and replies that get lost, as a test wants it.

It has no hosted pages, no disputes and no refund limits: the fake has those. It declines a card by status 402 without
the payment in it, and answers 200 for one that wants to be confirmed, without a page.
"""
