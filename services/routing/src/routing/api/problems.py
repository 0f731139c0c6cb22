"""What the errors of routing become for callers."""

from collections.abc import Callable, Mapping
from typing import Any

from linli.chassis.auth import forbidden
from linli.chassis.problems import ProblemError
from linli.district import DistrictFaultsError
from routing.district_store import UnknownVersionError
from routing.domain.actor import NotResponsibleError
from routing.domain.approvals import AlreadyAskedError, NothingAskedError, OwnWishError
from routing.domain.dispatching import DispatchError, UnknownDepartmentError
from routing.domain.editor import OutOfAreaError
from routing.domain.grid_edits import UnknownUnitError
from routing.domain.meetings import MeetingFieldError, MeetingStateError
from routing.domain.moves import CaseTextError, MomentError, OpenTasksError
from routing.domain.owners import OwnerError
from routing.domain.rerouting import DecidedByPersonError, EscalatedError
from routing.domain.states import IllegalMoveError
from routing.domain.tasks import TaskError
from routing.domain.verification import OwnWorkError
from routing.grid_changes import StaleDistrictError
from routing.meeting_store import UnknownMeetingError
from routing.meetings import StaleMeetingError
from routing.queries import NotVisibleError
from routing.store import UnknownCaseError
from routing.usecases import StaleCaseError


def _unknown(error: UnknownCaseError) -> ProblemError:
    return ProblemError(404, "unknown-case", "There is no such case", case_id=str(error.case_id))


def _not_visible(_error: NotVisibleError) -> ProblemError:
    return forbidden("It is not one that the caller may see.")


def _not_responsible(_error: NotResponsibleError) -> ProblemError:
    return forbidden("That is not the caller's to do: the case's handler, those above or those who inspect may.")


def _own_work(_error: OwnWorkError) -> ProblemError:
    return forbidden("Nobody verifies what they have done themselves.")


def _own_wish(_error: OwnWishError) -> ProblemError:
    return forbidden("Nobody grants what they asked for themselves.")


def _decided(_error: DecidedByPersonError) -> ProblemError:
    return ProblemError(409, "decided-by-person", "A person chose the owner", "The rules do not overrule a person.")


def _escalated(_error: EscalatedError) -> ProblemError:
    return ProblemError(409, "escalated", "Time took the case up", "The rules do not send it back.")


def _asked(_error: AlreadyAskedError) -> ProblemError:
    return ProblemError(409, "already-asked", "Something else is asked and not decided yet")


def _nothing_asked(_error: NothingAskedError) -> ProblemError:
    return ProblemError(409, "nothing-asked", "There is nothing to decide")


def _dispatch(error: DispatchError) -> ProblemError:
    return ProblemError(409, "dispatch", "The dispatch is not possible", str(error), department=error.department)


def _task(error: TaskError) -> ProblemError:
    return ProblemError(409, "task", "The task does not allow that", str(error))


def _open_tasks(error: OpenTasksError) -> ProblemError:
    return ProblemError(409, "open-tasks", "Parts of the case are not done", str(error), count=error.count)


def _department(error: UnknownDepartmentError) -> ProblemError:
    return _invalid("department", f"the district has no department {error}")


def _field(error: OwnerError | MomentError | CaseTextError | MeetingFieldError) -> ProblemError:
    return _invalid(error.field, str(error))


def _invalid(field: str, message: str) -> ProblemError:
    fault = {"field": field, "message": message}
    return ProblemError(422, "invalid-request", "The request is not valid", errors=[fault])


def _stale(error: StaleCaseError) -> ProblemError:
    return ProblemError(
        412, "stale-case", "The case has changed since it was read", headers={"ETag": f'"{error.version}"'}
    )


def _illegal(error: IllegalMoveError) -> ProblemError:
    return ProblemError(
        409,
        "illegal-move",
        "The state of the case forbids the action",
        str(error),
        state=error.state,
        action=error.action,
        allowed=error.allowed,
    )


def _unknown_meeting(error: UnknownMeetingError) -> ProblemError:
    return ProblemError(404, "unknown-meeting", "There is no such meeting", meeting_id=str(error.meeting_id))


def _stale_meeting(error: StaleMeetingError) -> ProblemError:
    headers = {"ETag": f'"{error.version}"'}
    return ProblemError(412, "stale-meeting", "The meeting has changed since it was read", headers=headers)


def _meeting_state(error: MeetingStateError) -> ProblemError:
    return ProblemError(409, "illegal-meeting-change", "The state of the meeting forbids it", str(error))


def _unknown_unit(error: UnknownUnitError) -> ProblemError:
    return ProblemError(404, "unknown-unit", "The grid has no such unit", unit=error.path)


def _unknown_version(_error: UnknownVersionError) -> ProblemError:
    return ProblemError(404, "unknown-catalogue-version", "The catalogue never had that version")


def _out_of_area(error: OutOfAreaError) -> ProblemError:
    return forbidden(f"The change reaches {error.path}, which lies outside of the caller's areas.")


def _stale_district(error: StaleDistrictError) -> ProblemError:
    return ProblemError(
        412, "stale-district", "It has changed since it was read", headers={"ETag": f'"{error.revision}"'}
    )


def _faults(error: DistrictFaultsError) -> ProblemError:
    faults = [{"file": one.file, "entry": one.entry, "fault": one.fault} for one in error.faults]
    return ProblemError(
        422,
        "district-faults",
        "The district would not hold together",
        "Nothing was changed.",
        count=len(faults),
        faults=faults[:MOST_FAULTS],
    )


MOST_FAULTS = 1000

PROBLEMS: Mapping[type[Exception], Callable[[Any], ProblemError]] = {
    UnknownCaseError: _unknown,
    NotVisibleError: _not_visible,
    NotResponsibleError: _not_responsible,
    StaleCaseError: _stale,
    IllegalMoveError: _illegal,
    CaseTextError: _field,
    MomentError: _field,
    OwnerError: _field,
    UnknownDepartmentError: _department,
    OwnWorkError: _own_work,
    OwnWishError: _own_wish,
    DecidedByPersonError: _decided,
    EscalatedError: _escalated,
    AlreadyAskedError: _asked,
    NothingAskedError: _nothing_asked,
    DispatchError: _dispatch,
    TaskError: _task,
    OpenTasksError: _open_tasks,
    UnknownMeetingError: _unknown_meeting,
    StaleMeetingError: _stale_meeting,
    MeetingStateError: _meeting_state,
    MeetingFieldError: _field,
    UnknownUnitError: _unknown_unit,
    UnknownVersionError: _unknown_version,
    OutOfAreaError: _out_of_area,
    StaleDistrictError: _stale_district,
    DistrictFaultsError: _faults,
}
