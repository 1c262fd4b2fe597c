"""What the screens are made of: braille plots, cards, lines of text."""
