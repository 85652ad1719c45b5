"""Invoices are charged: when, with which method, and what becomes of an attempt."""
