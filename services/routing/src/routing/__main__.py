"""The program `routing`."""

from linli.chassis.loading import loading

with loading():
    from routing.main import main

if __name__ == "__main__":
    main()
