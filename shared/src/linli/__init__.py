"""What the services of the Linli suite and the departments share."""
