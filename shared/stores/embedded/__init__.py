"""PostgreSQL and Redis under LECTERN_HOME: started by the first who needs them, stopped by the last."""
