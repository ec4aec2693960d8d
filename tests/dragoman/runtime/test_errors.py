from dragoman.runtime.errors import DragomanError, first_of


def test_the_error_that_a_person_can_mend_is_found_however_deep_it_lies() -> None:
    mendable = DragomanError("mend it")
    group = BaseExceptionGroup("", [KeyError(), BaseExceptionGroup("", [ExceptionGroup("", [mendable])])])
    assert first_of(group, DragomanError) is mendable


def test_other_errors_are_not_taken_for_it() -> None:
    assert first_of(ExceptionGroup("", [KeyError()]), DragomanError) is None
