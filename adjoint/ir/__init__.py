"""The intermediate representation: structured SSA over regions."""
