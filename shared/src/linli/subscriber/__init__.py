"""What a department installs to receive events: typed, in order, each one once."""

from linli.contracts import Event as Event
from linli.subscriber.seen import MemorySeen as MemorySeen
from linli.subscriber.seen import Seen as Seen
from linli.subscriber.seen import SqliteSeen as SqliteSeen
from linli.subscriber.subscriber import Subscriber as Subscriber
