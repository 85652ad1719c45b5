"""What people see and change of their own account, by the session of a browser."""
