"""Names of queues that come from outside are slugs."""

import pytest

from linli.messaging.topology import department_queue
from linli.subscriber import Subscriber


@pytest.mark.parametrize("name", ["", "Housing", "a.b", "a*", "#", "住建", "a/b", "-a", "a\n"])
def test_what_is_no_slug_names_no_queue(name: str) -> None:
    for department, subscription in ((name, "inbox"), ("housing", name)):
        with pytest.raises(ValueError, match="is no slug"):
            department_queue(department, subscription)


def test_a_subscriber_of_a_department_that_is_no_slug_is_refused_before_it_reads() -> None:
    with pytest.raises(ValueError, match=r"'housing\.#' is no slug"):
        Subscriber(department="housing.#", url="amqp://127.0.0.1:1/")
