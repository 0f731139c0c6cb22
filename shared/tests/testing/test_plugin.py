import gc


def test_garbage_is_collected_while_tests_run_but_not_among_what_was_loaded_for_them() -> None:
    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000
