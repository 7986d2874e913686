"""The scimlet component inside a Python program."""
