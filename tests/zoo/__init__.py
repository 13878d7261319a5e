"""Published models as judges: what their makers ship is clean by default, and is read whole."""
