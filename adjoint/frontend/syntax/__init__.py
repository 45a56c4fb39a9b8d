"""What the text of a function says before anything is lowered: source, fence, scopes, jumps, simpler statements."""
