"""What all tables of the service share."""

from sqlalchemy import DateTime, MetaData

from linli.chassis.database import NAMING

metadata = MetaData(naming_convention=NAMING)

UTC = DateTime(timezone=True)
