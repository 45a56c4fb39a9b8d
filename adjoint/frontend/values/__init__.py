"""What a name can stand for while a function is lowered, and how it is taken apart into values of the IR."""
