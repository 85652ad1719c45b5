"""What is offered: plans, versions, prices, what a quantity costs."""
