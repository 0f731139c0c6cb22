"""The program `linli-standalone`."""

from linli.chassis.loading import loading

with loading():
    from standalone.main import main

if __name__ == "__main__":
    main()
