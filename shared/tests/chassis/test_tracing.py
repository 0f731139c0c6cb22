import pytest

from linli.messaging.tracing import current_trace_id, current_traceparent, trace_from

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def test_a_trace_is_continued_and_left() -> None:
    with trace_from(PARENT):
        assert current_traceparent() == PARENT
        assert current_trace_id() == TRACE
    assert current_traceparent() is None
    assert current_trace_id() is None


@pytest.mark.parametrize("wrong", [None, "", "nonsense", "00-" + "0" * 32 + "-b7ad6b7169203331-01", PARENT[:-4]])
def test_a_new_trace_begins_without_a_valid_one(wrong: str | None) -> None:
    with trace_from(wrong):
        first = current_trace_id()
        assert current_traceparent() is not None
    with trace_from(wrong):
        second = current_trace_id()
    assert first is not None
    assert second not in {first, TRACE}


def test_the_outer_trace_returns_after_a_failure() -> None:
    with trace_from(PARENT):
        with pytest.raises(ValueError, match="inner"), trace_from(None):
            raise ValueError("inner")
        assert current_trace_id() == TRACE
