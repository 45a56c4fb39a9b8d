"""Arrays and containers in memory: who shares one, what a store changes, what is left in arguments."""
