"""What operators rule of access, and the groups that rules are for."""
