"""How far the audio goes."""

from gateway.kafka.extent import Extent


def test_both_positions_only_grow_until_what_is_on_its_way_is_dropped() -> None:
    extent = Extent(100)
    extent.take(300)
    extent.take(200)
    extent.deliver(150)
    extent.deliver(120)
    assert (extent.durable, extent.received) == (150, 300)
    extent.drop()
    assert (extent.durable, extent.received) == (150, 150)


def test_what_another_gateway_put_into_the_log_counts_as_received() -> None:
    extent = Extent()
    extent.deliver(500)
    assert extent.received == 500
