"""Who does what, when, and why: people, slots, and the best plan that the rules allow."""
