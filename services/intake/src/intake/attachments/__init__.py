"""Files that belong to issues: taken in, looked into, kept somewhere, and handed out by links that expire."""
