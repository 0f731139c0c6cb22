"""The commands of routing: each loads a case, moves it, saves it and records what happened."""

from routing.usecases.acting import Command, StaleCaseError
from routing.usecases.handling import (
    accept_case,
    decline_case,
    delegate_case,
    escalate_case,
    resolve_case,
    return_case,
    start_case,
    supervise_case,
    transfer_case,
)
from routing.usecases.merging import merge_case, unmerge_case, withdraw_case
from routing.usecases.opening import open_new_case, route_case_again
from routing.usecases.parts import (
    answer_dispatch,
    assign_decided_task,
    assign_task,
    cancel_task,
    dispatch_department,
    finish_task,
    recall_department,
)
from routing.usecases.timing import (
    approve_wish,
    ask_for_time,
    refuse_wish,
    resume_case,
    tick_due_cases,
    tick_due_cases_apart,
)
from routing.usecases.visits import note_return_visit, reopen_case, take_return_visit, verify_case

__all__ = [
    "Command",
    "StaleCaseError",
    "accept_case",
    "answer_dispatch",
    "approve_wish",
    "ask_for_time",
    "assign_decided_task",
    "assign_task",
    "cancel_task",
    "decline_case",
    "delegate_case",
    "dispatch_department",
    "escalate_case",
    "finish_task",
    "merge_case",
    "note_return_visit",
    "open_new_case",
    "recall_department",
    "refuse_wish",
    "reopen_case",
    "resolve_case",
    "resume_case",
    "return_case",
    "route_case_again",
    "start_case",
    "supervise_case",
    "take_return_visit",
    "tick_due_cases",
    "tick_due_cases_apart",
    "transfer_case",
    "unmerge_case",
    "verify_case",
    "withdraw_case",
]
