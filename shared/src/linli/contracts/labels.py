"""What people call the fields of events, and the headings under which an event is described."""

from collections.abc import Mapping

from linli.contracts.wording import LanguageTag, Wording

FIELDS: Mapping[str, Wording] = {
    "category": Wording("类别（大类.小类）", "類別（大類.小類）", "category (major.minor)"),
    "area": Wording("地点：网格路径", "地點：網格路徑", "place: path in the grid"),
    "issue_id": Wording("诉求编号", "訴求編號", "id of the issue"),
    "case_id": Wording("案件编号，与诉求相同", "案件編號，與訴求相同", "id of the case, which is the issue's"),
    "description": Wording(
        "诉求内容，号码已遮盖；保密类别没有",
        "訴求內容，號碼已遮蓋；保密類別沒有",
        "what was reported, masked; none of confidential ones",
    ),
    "language": Wording("反映人的语言", "反映人的語言", "language of the reporter"),
    "source": Wording("来源渠道", "來源渠道", "channel that it came by"),
    "location": Wording("位置（WGS 84）", "位置（WGS 84）", "point (WGS 84)"),
    "made_at": Wording("填写时间", "填寫時間", "time it was written down"),
    "reported_at": Wording("反映时间", "反映時間", "time of the report"),
    "reporter_key": Wording(
        "反映人标识，不能还原为个人", "反映人標識，不能還原為個人", "key of the reporter, leads to nobody"
    ),
    "attributes": Wording("补充项目", "補充項目", "further details by name"),
    "contacted": Wording("是否有人联系", "是否有人聯繫", "somebody was in touch"),
    "solved": Wording("是否解决", "是否解決", "it is solved"),
    "satisfaction": Wording("满意程度", "滿意程度", "how satisfied"),
    "into": Wording("并入的那一件", "併入的那一件", "the one that it is merged into"),
    "level": Wording("层级", "層級", "level of the grid"),
    "unit": Wording("网格单元", "網格單元", "unit of the grid"),
    "handler": Wording("责任人", "責任人", "person responsible"),
    "deadline": Wording("时限", "時限", "to be settled by"),
    "lead_department": Wording("主办部门", "主辦部門", "department that leads"),
    "co_departments": Wording("协办部门", "協辦部門", "departments that co-handle"),
    "hops": Wording("归属变更次数", "歸屬變更次數", "changes of owner so far"),
    "responsible": Wording("受理前的首接责任人", "受理前的首接責任人", "who answers for it until it is accepted"),
    "volunteers_wanted": Wording("需要的志愿者人数", "需要的志願者人數", "number of volunteers looked for"),
    "confidential": Wording("是否保密类别", "是否保密類別", "of a confidential category"),
    "from_unit": Wording("原单元", "原單元", "unit that had it"),
    "to_unit": Wording("新单元", "新單元", "unit that gets it"),
    "reason": Wording("理由", "理由", "why"),
    "outcome": Wording("办理结果", "辦理結果", "what was done"),
    "by": Wording("由谁", "由誰", "by whom"),
    "on_time": Wording("是否按期", "是否按期", "in time"),
    "answered": Wording("反映人是否答复回访", "反映人是否答覆回訪", "the reporter answered the return visit"),
    "other": Wording("另一案件", "另一案件", "the other case"),
    "stage": Wording("阶段", "階段", "stage whose time it is"),
    "percent": Wording("已过去的百分比", "已過去的百分比", "part of the time that has passed"),
    "due_at": Wording("该阶段的时限", "該階段的時限", "limit of the stage"),
    "above": Wording("上级单元", "上級單元", "unit above"),
    "wish": Wording("申请事项：延期或缓办", "申請事項：延期或緩辦", "what is asked for"),
    "until": Wording("截至", "截至", "until"),
    "department": Wording("部门", "部門", "department"),
    "role": Wording("主办或协办", "主辦或協辦", "leads or co-handles"),
    "task": Wording("请部门做什么", "請部門做什麼", "what the department is asked to do"),
    "note": Wording("进展", "進展", "how far it is"),
    "answer": Wording("答复", "答覆", "what the department did"),
    "task_id": Wording("任务编号", "任務編號", "id of the task"),
    "work": Wording("任务内容", "任務內容", "what is to be done"),
    "meeting_id": Wording("会议编号", "會議編號", "id of the meeting"),
    "cases": Wording("相关案件", "相關案件", "cases that it is about"),
    "units": Wording("参加的单元", "參加的單元", "units that are invited"),
    "departments": Wording("参加的部门", "參加的部門", "departments that are invited"),
    "kind": Wording("会议形式", "會議形式", "form of the meeting"),
    "title": Wording("名称", "名稱", "title"),
    "place": Wording("地点", "地點", "where it takes place"),
    "starts_at": Wording("开始时间", "開始時間", "begin"),
    "ends_at": Wording("结束时间", "結束時間", "end"),
    "agenda": Wording("议程", "議程", "agenda"),
    "minutes": Wording("会议纪要", "會議紀要", "minutes"),
    "decisions": Wording("决定的项数", "決定的項數", "number of decisions"),
    "need_id": Wording("需求编号", "需求編號", "id of the need"),
    "wanted": Wording("需要人数", "需要人數", "helpers wanted"),
    "claimed": Wording("已认领人数", "已認領人數", "helpers who claimed it"),
    "wish_id": Wording("微心愿编号", "微心願編號", "id of the wish"),
    "submitter": Wording("提交人，已加密", "提交人，已加密", "who wrote it down, sealed"),
    "claim_id": Wording("认领编号", "認領編號", "id of the claim"),
    "taken": Wording("已占名额", "已佔名額", "places taken"),
    "people": Wording("认领人数", "認領人數", "people who come"),
    "holder": Wording("认领人，已加密", "認領人，已加密", "who claimed it, sealed"),
    "holders": Wording("认领人，已加密", "認領人，已加密", "who claimed it, each sealed"),
    "fulfilled": Wording("已完成名额", "已完成名額", "places fulfilled"),
    "why": Wording("因何结束", "因何結束", "what ended it"),
    "activity_id": Wording("活动编号", "活動編號", "id of the activity"),
    "shifts": Wording("班次数", "班次數", "number of shifts"),
    "shift_id": Wording("班次编号", "班次編號", "id of the shift"),
    "assignment_id": Wording("安排编号", "安排編號", "id of the place on the shift"),
    "part": Wording("岗位", "崗位", "part that somebody has"),
    "volunteer": Wording("志愿者，已加密", "志願者，已加密", "the volunteer, sealed"),
    "late": Wording("是否临期放弃", "是否臨期放棄", "given up shortly before"),
    "missing": Wording("缺少人数", "缺少人數", "people missing"),
    "attended": Wording("到场人数", "到場人數", "people who attended"),
    "came": Wording("服务人数", "服務人數", "people on its places"),
    "post_id": Wording("岗位编号", "崗位編號", "id of the post"),
    "nomination_id": Wording("认领岗位的编号", "認領崗位的編號", "id of the word to take it"),
    "served_minutes": Wording("服务分钟数", "服務分鐘數", "minutes of service"),
    "line_id": Wording("清单项编号", "清單項編號", "id of the line"),
    "list": Wording("资源清单或需求清单", "資源清單或需求清單", "list of resources or of needs"),
    "what": Wording("内容", "內容", "what it is"),
    "amount": Wording("数量", "數量", "amount"),
    "measure": Wording("单位", "單位", "measure"),
    "matched": Wording("已对接数量", "已對接數量", "of which is matched"),
    "quantity": Wording("本次数量", "本次數量", "how much this time"),
    "team_id": Wording("队伍编号", "隊伍編號", "id of the team"),
    "membership_id": Wording("队员关系编号", "隊員關係編號", "id of the membership"),
    "revision": Wording("变更后的网格版本", "變更後的網格版本", "revision of the grid after the change"),
    "closed": Wording("是否撤销", "是否撤銷", "the unit is closed"),
    "successor": Wording("承接案件的单元", "承接案件的單元", "unit that takes the cases of a closed one"),
    "former": Wording("迁移前的路径", "遷移前的路徑", "path before it moved"),
    "version": Wording("变更后的目录版本", "變更後的目錄版本", "version of the catalogue after the change"),
    "content": Wording("类别内容；取消后没有", "類別內容；取消後沒有", "the category; none when it is gone"),
}
"""A field of one name means the same in every event."""

HEADINGS: Mapping[str, Wording] = {
    "title": Wording("邻里事件目录", "鄰里事件目錄", "Events of Linli"),
    "contents": Wording("目录", "目錄", "Contents"),
    "producer": Wording("发布者", "發布者", "Published by"),
    "listeners": Wording("接收者", "接收者", "Heard by"),
    "departments": Wording("订阅的部门", "訂閱的部門", "departments that subscribe"),
    "routing_key": Wording("路由键", "路由鍵", "Routing key"),
    "addressed_key": Wording("被召集部门的路由键", "被召集部門的路由鍵", "Routing key for who is called"),
    "binding": Wording("AMQP 绑定", "AMQP 綁定", "AMQP binding"),
    "schema": Wording("JSON Schema", "JSON Schema", "JSON Schema"),
    "field": Wording("字段", "欄位", "Field"),
    "type": Wording("类型", "類型", "Type"),
    "meaning": Wording("含义", "含義", "Meaning"),
    "optional": Wording("可缺省", "可省略", "optional"),
    "example": Wording("示例", "示例", "Example"),
    "history": Wording("版本沿革", "版本沿革", "History"),
    "released": Wording("首次发布", "首次發布", "released"),
    "added": Wording("新增", "新增", "added"),
    "reworded": Wording("字段未增，说明有改动", "欄位未增，說明有改動", "no field added, other words"),
    "asyncapi": Wording("AsyncAPI 文档", "AsyncAPI 文件", "AsyncAPI document"),
}


def field_label(name: str, language: LanguageTag) -> str:
    """Return what people call a field.

    Raises:
        KeyError: no event has a field of that name.
    """
    return FIELDS[name].in_language(language)


def heading(word: str, language: LanguageTag) -> str:
    """Return a heading.

    Raises:
        KeyError: there is no such heading.
    """
    return HEADINGS[word].in_language(language)
