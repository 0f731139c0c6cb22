"""`linli-demo`: the model compound's year, replayed through the public APIs."""

from standalone.demo.command import main as main
