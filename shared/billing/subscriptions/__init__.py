"""Who is on which plan: lives in months, orders, the rows of them."""
