"""Pure rules of the service: no IO, no framework, no clock of their own."""
