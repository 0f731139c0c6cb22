"""What reporters leave for a call-back: encrypted for their issue."""

from linli.chassis.contacts import Contact as Contact
from linli.chassis.contacts import ContactCipher as ContactCipher
from linli.chassis.contacts import ContactKeyError as ContactKeyError
from linli.chassis.contacts import ContactUnreadableError as ContactUnreadableError
