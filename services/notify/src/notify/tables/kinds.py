"""What all tables of notify share."""

from sqlalchemy import DateTime, MetaData

from linli.chassis.database import NAMING

UTC = DateTime(timezone=True)

metadata = MetaData(naming_convention=NAMING)
