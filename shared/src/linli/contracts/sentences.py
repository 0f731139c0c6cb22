"""What each event says, in one or two sentences and every language; the English ones are the models' own."""

from collections.abc import Mapping

from linli.contracts import (
    cases,
    clocks,
    dispatches,
    districts,
    issues,
    lines,
    meetings,
    needs,
    posts,
    shifts,
    teams,
    wishes,
)
from linli.contracts.wording import LanguageTag, Wording
from linli.contracts.words import EventData

CHINESE: Mapping[type[EventData], tuple[str, str]] = {
    issues.IssueReported: ("居民或网格员反映了一件诉求。", "居民或網格員反映了一件訴求。"),
    issues.ReturnVisitAnswered: (
        "反映人答复了回访：是否有人联系、是否解决、是否满意。",
        "反映人答覆了回訪：是否有人聯繫、是否解決、是否滿意。",
    ),
    issues.IssueMerged: (
        "工作人员认定该诉求与另一件诉求 `into` 是同一事项。",
        "工作人員認定該訴求與另一件訴求 `into` 是同一事項。",
    ),
    issues.IssueUnmerged: ("工作人员认定该诉求仍是单独的事项。", "工作人員認定該訴求仍是單獨的事項。"),
    issues.IssueWithdrawn: ("反映人撤回了诉求。", "反映人撤回了訴求。"),
    cases.CaseRouted: (
        "案件有了归属：单元、责任人、时限。归属每次变更都会再发。",
        "案件有了歸屬：單元、責任人、時限。歸屬每次變更都會再發。",
    ),
    cases.CaseAccepted: ("责任人已受理案件。", "責任人已受理案件。"),
    cases.CaseStarted: ("事项已开始办理。", "事項已開始辦理。"),
    cases.CaseEscalated: (
        "事项超出单元权限，已上报；随后的 `case.routed` 给出新的归属。",
        "事項超出單元權限，已上報；隨後的 `case.routed` 給出新的歸屬。",
    ),
    cases.CaseReturned: (
        "单元认为案件不归自己办理，已退单；随后的 `case.routed` 给出新的归属。",
        "單元認為案件不歸自己辦理，已退單；隨後的 `case.routed` 給出新的歸屬。",
    ),
    cases.CaseDelegated: (
        "上级把案件下派给下级单元；随后的 `case.routed` 给出新的归属。",
        "上級把案件下派給下級單元；隨後的 `case.routed` 給出新的歸屬。",
    ),
    cases.CaseTransferred: (
        "案件转办给另一单元或责任人；随后的 `case.routed` 给出新的归属。",
        "案件轉辦給另一單元或責任人；隨後的 `case.routed` 給出新的歸屬。",
    ),
    cases.CaseResolved: (
        "责任人表示处置完成。案件并不因此结案：接下来回访反映人。",
        "責任人表示處置完成。案件並不因此結案：接下來回訪反映人。",
    ),
    cases.CaseInspected: (
        "责任人以外的人核查，认定已解决；接下来回访反映人。",
        "責任人以外的人核查，認定已解決；接下來回訪反映人。",
    ),
    cases.CaseVerified: (
        "尚无他人核查，反映人已表示问题解决：以其答复作为核查。",
        "尚無他人核查，反映人已表示問題解決：以其答覆作為核查。",
    ),
    cases.CaseReopened: (
        "问题没有解决，由原责任人返工，另定时限；`by` 说明由谁发现。",
        "問題沒有解決，由原責任人返工，另定時限；`by` 說明由誰發現。",
    ),
    cases.CaseClosed: (
        "案件结案；反映人未按时答复回访的，`answered` 为 false。",
        "案件結案；反映人未按時答覆回訪的，`answered` 為 false。",
    ),
    cases.CaseDeclined: (
        "事项不属这里办理，案件到此为止；理由告知反映人。",
        "事項不屬這裡辦理，案件到此為止；理由告知反映人。",
    ),
    cases.CaseMerged: ("该案件今后并入另一案件 `into` 办理。", "該案件今後併入另一案件 `into` 辦理。"),
    cases.CaseUnmerged: ("该案件恢复单独办理。", "該案件恢復單獨辦理。"),
    cases.CaseMergeRefused: (
        "该案件要并入另一案件 `into` 时，其中一件已经终结：它仍单独办理。",
        "該案件要併入另一案件 `into` 時，其中一件已經終結：它仍單獨辦理。",
    ),
    cases.CaseAbsorbed: (
        "另一案件 `other` 今后与本案一并办理；`deadline` 取两者中较早的时限。",
        "另一案件 `other` 今後與本案一併辦理；`deadline` 取兩者中較早的時限。",
    ),
    cases.CaseReleased: (
        "曾与本案一并办理的一件案件恢复单独办理。",
        "曾與本案一併辦理的一件案件恢復單獨辦理。",
    ),
    cases.CaseWithdrawn: ("反映人撤回诉求，案件终止。", "反映人撤回訴求，案件終止。"),
    clocks.CaseWarned: (
        "某一阶段的时限已过去一部分；百分之百即时限已到。",
        "某一階段的時限已過去一部分；百分之百即時限已到。",
    ),
    clocks.ApprovalAsked: (
        "责任人向上级单元申请延期，或申请时限停计至某一时刻。",
        "責任人向上級單元申請延期，或申請時限停計至某一時刻。",
    ),
    clocks.ApprovalRefused: ("上级单元没有同意。", "上級單元沒有同意。"),
    clocks.CaseExtended: ("案件时限已延长。", "案件時限已延長。"),
    clocks.CaseSuspended: (
        "时限停计，至某一时刻或有人恢复办理为止。",
        "時限停計，至某一時刻或有人恢復辦理為止。",
    ),
    clocks.CaseResumed: ("时限恢复计算。", "時限恢復計算。"),
    clocks.CaseSupervised: (
        "上级自此督办该案件；`by` 是督办人姓名。",
        "上級自此督辦該案件；`by` 是督辦人姓名。",
    ),
    dispatches.DispatchRequested: (
        "吹哨：召集一个部门参与办案，一家主办，其余协办。",
        "吹哨：召集一個部門參與辦案，一家主辦，其餘協辦。",
    ),
    dispatches.DispatchAccepted: ("部门已受理自己承担的部分。", "部門已受理自己承擔的部分。"),
    dispatches.DispatchReturned: ("部门表示这不属本部门事项。", "部門表示這不屬本部門事項。"),
    dispatches.DispatchProgressed: ("部门通报进展。", "部門通報進展。"),
    dispatches.DispatchDone: (
        "部门表示自己承担的部分已办完。案件并不因此结束。",
        "部門表示自己承擔的部分已辦完。案件並不因此結束。",
    ),
    dispatches.DispatchWithdrawn: ("不再需要该部门参与。", "不再需要該部門參與。"),
    dispatches.DispatchOverdue: ("部门逾期未办结。", "部門逾期未辦結。"),
    dispatches.TaskAssigned: (
        "案件的一部分交给某单元办理，并定时限。",
        "案件的一部分交給某單元辦理，並定時限。",
    ),
    dispatches.TaskDone: ("案件的一部分已办完。", "案件的一部分已辦完。"),
    dispatches.TaskCancelled: ("案件的一部分不再需要办理。", "案件的一部分不再需要辦理。"),
    dispatches.TaskOverdue: ("一项任务逾期未完成。", "一項任務逾期未完成。"),
    meetings.MeetingCalled: (
        "将就若干案件召开会议；改期时再发一次。",
        "將就若干案件召開會議；改期時再發一次。",
    ),
    meetings.MeetingHeld: (
        "会议已召开；会上的决定成为相关案件的任务。",
        "會議已召開；會上的決定成為相關案件的任務。",
    ),
    meetings.MeetingCancelled: ("会议取消。", "會議取消。"),
    needs.NeedOpened: ("正在招募志愿者。", "正在招募志願者。"),
    needs.NeedClaimed: ("又有一名志愿者认领。", "又有一名志願者認領。"),
    needs.HelperAsked: ("请某位志愿者帮忙；是否参加完全自愿。", "請某位志願者幫忙；是否參加完全自願。"),
    needs.NeedClosed: ("案件已终结，不再招募志愿者。", "案件已終結，不再招募志願者。"),
    wishes.WishSubmitted: ("有人提交了微心愿，等待核实。", "有人提交了微心願，等待核實。"),
    wishes.WishVerified: ("微心愿已核实。", "微心願已核實。"),
    wishes.WishDeclined: ("微心愿未予发布；理由在该微心愿处查看。", "微心願未予發布；理由在該微心願處查看。"),
    wishes.WishPublished: ("微心愿已公开，可以认领。", "微心願已公開，可以認領。"),
    wishes.WishWithdrawn: ("微心愿被撤回；认领人不再受约束。", "微心願被撤回；認領人不再受約束。"),
    wishes.WishExpired: ("微心愿已过期，无人认领。", "微心願已過期，無人認領。"),
    wishes.WishClaimed: (
        "一人或 `people` 人的小组认领了微心愿，至某一时刻。",
        "一人或 `people` 人的小組認領了微心願，至某一時刻。",
    ),
    wishes.WishClaimConfirmed: ("组织者同意认领：认领人可看到联系方式。", "組織者同意認領：認領人可看到聯繫方式。"),
    wishes.WishReleased: ("认领未完成即告结束，名额重新开放。", "認領未完成即告結束，名額重新開放。"),
    wishes.WishFulfilled: (
        "认领人已完成；`fulfilled` 等于 `wanted` 时微心愿实现。",
        "認領人已完成；`fulfilled` 等於 `wanted` 時微心願實現。",
    ),
    wishes.WishThanked: ("许愿人或当地组织者确认已完成，并致谢。", "許願人或當地組織者確認已完成，並致謝。"),
    shifts.ActivityAnnounced: ("一次或定期的活动已发布，正在招募。", "一次或定期的活動已發布，正在招募。"),
    shifts.ShiftCancelled: ("班次取消；要来的人各有一个事件告知。", "班次取消；要來的人各有一個事件告知。"),
    shifts.ShiftAtRisk: ("班次即将开始，人手不足。", "班次即將開始，人手不足。"),
    shifts.ShiftHeld: (
        "班次已举行：到场人数与服务人数；重新计数时再发一次。",
        "班次已舉行：到場人數與服務人數；重新計數時再發一次。",
    ),
    shifts.AssignmentProposed: ("排班计划请某人参加。", "排班計劃請某人參加。"),
    shifts.AssignmentAccepted: ("某人确定参加。", "某人確定參加。"),
    shifts.AssignmentWaitlisted: ("名额已满，某人候补。", "名額已滿，某人候補。"),
    shifts.AssignmentOffered: ("候补者有了名额，须按时确认。", "候補者有了名額，須按時確認。"),
    shifts.AssignmentLapsed: ("候补者未按时确认，名额给下一位。", "候補者未按時確認，名額給下一位。"),
    shifts.AssignmentDeclined: ("某人谢绝了安排或名额，或不再候补。", "某人謝絕了安排或名額，或不再候補。"),
    shifts.AssignmentCancelled: ("某人不再参加。", "某人不再參加。"),
    shifts.AssignmentSwapOffered: ("某人想把名额转给 `volunteer`。", "某人想把名額轉給 `volunteer`。"),
    shifts.AssignmentReminded: ("某人参加的班次即将开始。", "某人參加的班次即將開始。"),
    posts.PostOpened: ("服务岗位正在招募。", "服務崗位正在招募。"),
    posts.PostClosed: ("岗位不再招募；已认领的不变。", "崗位不再招募；已認領的不變。"),
    posts.PostTaken: ("有人自愿认领了岗位。", "有人自願認領了崗位。"),
    posts.PostGivenBack: ("有人退出，岗位名额重新开放。", "有人退出，崗位名額重新開放。"),
    posts.ServiceAccepted: (
        "组织者认定岗位服务已完成，计入该季度的反馈。",
        "組織者認定崗位服務已完成，計入該季度的反饋。",
    ),
    lines.LineEntered: ("清单新增一项。", "清單新增一項。"),
    lines.LineMatched: ("该项的一部分与另一清单的 `other` 对接。", "該項的一部分與另一清單的 `other` 對接。"),
    lines.LineSeparated: ("与 `other` 的对接已取消。", "與 `other` 的對接已取消。"),
    lines.LineSettled: ("已注明结果，该项办结。", "已註明結果，該項辦結。"),
    teams.TeamChanged: ("队伍成立，或名称、所在区域有变。", "隊伍成立，或名稱、所在區域有變。"),
    teams.TeamJoined: ("有人成为队员。", "有人成為隊員。"),
    teams.TeamLeft: ("某人不再是队员，不论由谁提出。", "某人不再是隊員，不論由誰提出。"),
    districts.UnitChanged: (
        "网格单元新设、变更或撤销；`category` 在此没有含义。",
        "網格單元新設、變更或撤銷；`category` 在此沒有含義。",
    ),
    districts.CategoryChanged: (
        "类别新增、变更或取消；`area` 为网格最上一级。",
        "類別新增、變更或取消；`area` 為網格最上一級。",
    ),
}
"""What the model of each event says of itself, in simplified and in traditional Chinese."""


def says(model: type[EventData], language: LanguageTag = "en") -> str:
    """Return what an event says; English is the first line of what its model says of itself.

    Raises:
        KeyError: the model is not in the catalogue.
    """
    english = (model.__doc__ or "").strip().partition("\n")[0].replace("``", "`")
    return Wording(*CHINESE[model], english).in_language(language)
