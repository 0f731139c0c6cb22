"""Volunteer: needs that neighbours and officials living there fill."""
