"""The path language: its syntax, the automaton that runs it over a graph, and the little graph notation."""
