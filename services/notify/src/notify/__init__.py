"""Notify: tells everyone concerned, in their language, and feeds the departments event streams."""
