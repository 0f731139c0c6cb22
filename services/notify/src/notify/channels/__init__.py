"""The channels outside of the app, one file each."""
