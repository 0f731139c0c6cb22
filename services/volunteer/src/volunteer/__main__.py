"""The program `volunteer`."""

from linli.chassis.loading import loading

with loading():
    from volunteer.main import main

if __name__ == "__main__":
    main()
