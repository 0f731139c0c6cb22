"""What the OpenAPI document shows as examples of each schema, by its name."""

from collections.abc import Mapping
from typing import Any

Example = dict[str, Any]

ISSUE, OTHER, FILE = (f"0199a3c4-7d1e-7000-8000-00000000000{number}" for number in (1, 2, 3))
CODE = "K7QF2M7DXW3T2RAB"
COMPOUND, CATEGORY = "sanchajie/jinpu/lianbang", "facility.roof-leak"
AREA = f"{COMPOUND}/b3"
MADE, CAME_IN, LATER = "2026-03-02T08:40:00Z", "2026-03-02T09:00:00Z", "2026-03-09T09:00:00Z"
WORDS = "三号楼楼顶漏雨，顶层住户家里滴水"
HANDLER: Example = {"name": "例锦心", "post": "社区网格长"}

REPORT: Example = {
    "description": WORDS,
    "category": CATEGORY,
    "area": AREA,
    "address": "三号楼顶层",
    "reporter": {"name": "例某人", "contact": "0591-00000000"},
    "made_at": MADE,
}
ACCEPTED: Example = {"id": ISSUE, "tracking_code": CODE}
FEEDBACK: Example = {"contacted": True, "solved": True, "satisfaction": "satisfied"}
TRACK: Example = {
    "state": "in_progress",
    "category": CATEGORY,
    "category_name": "屋顶漏水",
    "area": AREA,
    "area_name": "3号楼",
    "address": "三号楼顶层",
    "description": WORDS,
    "attributes": {},
    "reported_at": CAME_IN,
    "made_at": MADE,
    "level": "community",
    "unit": "sanchajie/jinpu",
    "handler": HANDLER,
    "deadline": LATER,
    "outcome": None,
    "steps": [{"at": CAME_IN, "kind": "received", "text": "已收到诉求"}],
    "news": [{"at": CAME_IN, "text": "周五上门查看"}],
    "supplements": [{"at": CAME_IN, "text": "今天又漏了"}],
    "can_answer": False,
    "reopen_until": None,
    "can_withdraw": True,
    "answer": None,
    "helpers": {"wanted": 3, "found": 2},
    "together": None,
}
READ: Example = {
    "id": ISSUE,
    "state": "in_progress",
    "category": CATEGORY,
    "category_given": True,
    "confidential": False,
    "area": AREA,
    "location": {"lat": 26.0391, "lon": 119.3244},
    "address": "三号楼顶层",
    "description": WORDS,
    "attributes": {},
    "media_url": None,
    "language": "zh-Hans",
    "source": "app",
    "reported_at": CAME_IN,
    "made_at": MADE,
    "level": "community",
    "unit": "sanchajie/jinpu",
    "department": "housing",
    "handler": HANDLER,
    "deadline": LATER,
    "outcome": None,
    "supporters": 2,
}
ROUND: Example = {"area": COMPOUND, "began_at": "2026-03-02T08:00:00Z", "ended_at": CAME_IN}
VISIT: Example = {
    **ROUND,
    "id": OTHER,
    "received_at": CAME_IN,
    "seen": "消防通道畅通",
    "author": "li-jinpu",
    "author_name": "例锦心",
    "issues": [ISSUE],
}
CONDITIONS: Example = {"category": ["facility.lift-fault"], "overdue": True}
NOTE: Example = {"text": "周五上门查看", "public": True}

EXAMPLES: Mapping[str, Example] = {
    "AreaRead": {
        "path": AREA,
        "name": "3号楼",
        "level": "building",
        "parent": COMPOUND,
        "location": None,
    },
    "AttachmentRead": {
        "id": FILE,
        "purpose": "report",
        "kind": "image",
        "media_type": "image/jpeg",
        "size": 412_000,
        "width": 3000,
        "height": 2250,
        "name": "楼顶.jpg",
        "at": CAME_IN,
        "before": None,
        "url": "/v1/files/...",
        "thumbnail_url": "/v1/files/...",
        "expires_at": "2026-03-02T10:00:00Z",
    },
    "BulkCreate": {"ids": [ISSUE], "action": {"kind": "note", "text": "同一事项"}},
    "BulkResult": {"id": ISSUE, "done": False, "problem": "forbidden", "detail": "It lies elsewhere."},
    "CategoryRead": {
        "code": "facility.lift-fault",
        "name": "电梯故障",
        "closing_condition": "电梯恢复运行",
        "confidential": False,
        "questions": [
            {
                "code": "persons-trapped",
                "name": "是否有人被困",
                "kind": "choice",
                "required": True,
                "hint": None,
                "choices": [{"code": "yes", "name": "是"}, {"code": "no", "name": "否"}],
            }
        ],
    },
    "ClustersRead": {
        "features": [
            {
                "geometry": {"coordinates": [119.3244, 26.0391]},
                "properties": {"count": 12, "id": None, "state": None},
            }
        ],
        "more": False,
    },
    "ContactRead": {"name": "例某人", "contact": "0591-00000000"},
    "CountsRead": {"total": 7, "more": False, "states": {"received": 2, "in_progress": 5}},
    "DraftContent": {"description": WORDS, "area": AREA},
    "DraftRead": {
        "code": CODE,
        "content": {"description": WORDS, "area": AREA},
        "saved_at": CAME_IN,
        "expires_at": "2026-04-01T09:00:00Z",
        "issue": None,
    },
    "FeedbackCreate": FEEDBACK,
    "FilterCreate": {"name": "超期的电梯", "conditions": CONDITIONS},
    "FilterRead": {"name": "超期的电梯", "conditions": CONDITIONS, "id": OTHER, "saved_at": CAME_IN},
    "IssueAccepted": ACCEPTED,
    "IssueChecked": {"category": CATEGORY, "area": AREA, "issue": None},
    "IssueCreate": REPORT,
    "IssueRead": READ,
    "MergeInto": {"into": OTHER},
    "Moment": {"at": CAME_IN, "kind": "note", "what": "public", "text": "周五上门查看", "by": "例锦心", "id": OTHER},
    "NoteCreate": NOTE,
    "NoteRead": {**NOTE, "id": OTHER, "at": CAME_IN, "author": "li-jinpu", "author_name": "例锦心"},
    "Page_IssueRead_": {"items": [READ], "next": None},
    "Page_VisitRead_": {"items": [VISIT], "next": None},
    "SupplementCreate": {"text": "今天又漏了"},
    "SupplementRead": {"id": OTHER, "at": CAME_IN, "description": "今天又漏了", "media_url": None, "client": None},
    "TrackRead": TRACK,
    "VisitAccepted": {"id": OTHER, "issues": [ACCEPTED]},
    "VisitCreate": {**ROUND, "seen": "消防通道畅通", "issues": [{"description": "楼道堆放杂物"}]},
    "VisitRead": VISIT,
}
