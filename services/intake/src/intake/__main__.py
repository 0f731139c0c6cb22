"""The program `intake`."""

from linli.chassis.loading import loading

with loading():
    from intake.main import main

if __name__ == "__main__":
    main()
