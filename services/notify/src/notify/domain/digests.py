"""When a department's daily digest is due."""

from datetime import date, datetime, timedelta

from linli.district.working_days import WorkingDays


def due_day(local: datetime, *, hour: int, working_days: WorkingDays) -> date:
    """Return the last working day whose ``hour`` has come; ``local`` is now, where the department is.

    After an outage it is one day, however many were missed.
    """
    day = local.date() if local.hour >= hour else local.date() - timedelta(days=1)
    while day not in working_days:
        day -= timedelta(days=1)
    return day
