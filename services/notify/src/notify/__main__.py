"""The program `notify`."""

from linli.chassis.loading import loading

with loading():
    from notify.main import main

if __name__ == "__main__":
    main()
