"""What pytest must know before it collects."""

# Imported by path, standalone/tests would make `standalone` the name of a folder; the package has to be there first.
import standalone  # noqa: F401 - as above
