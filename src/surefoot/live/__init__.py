"""Commands that run a session, on the screen or as lines of text, and the replay of one."""
