"""The air between one central and its peripherals, with everything that goes wrong in it, on bumble's virtual link.

    Air ── Way (one for each peripheral): connection events, a bounded queue, shadow, loss, copies
        └─ Controller: what bumble's lacks

bumble's link delivers at once and never fails. Here data wait for the next connection event; a shadow keeps everything
from getting through, and when it outlasts the supervision timeout both ends lose the link, each for itself.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from bumble import controller as bumble_controller
from bumble import hci, link, ll
from bumble.core import PhysicalTransport

Packet = tuple[bumble_controller.Controller, hci.Address, bytes]
NOTIFICATION: Final = 0x1B  # ATT Handle Value Notification (Core 5.4, Vol 3, Part F, 3.4.7.1)
OPCODE_AT: Final = 4  # after the L2CAP header: length u16, channel u16
EDGE: Final = 1e-6  # of an interval: an event that is now has passed, whatever the rounding
ACL_N: Final = 251  # bytes in one link-layer packet with data length extension


@dataclass(eq=False)
class Way:
    """The air between the central and one peripheral; change a field whenever you like.

    `interval_s`: connection interval, 0 = no waiting. `per_event`: packets each way in one event. `queue_n`: how many
    may wait in the peripheral before it throws new notifications away, None = without end. `supervision_s`: shadow
    that ends a connection. `loss`, `copies`: share of notifications that the receiving system loses, or tells twice.
    `dropped_n`: notifications that were thrown away or lost.
    """

    interval_s: float = 0.03
    per_event: int = 6
    queue_n: int | None = None
    supervision_s: float = 6.0
    loss: float = 0.0
    copies: float = 0.0
    dropped_n: int = 0
    shadow: bool = False
    waiting: dict[bumble_controller.Controller, deque[Packet]] = field(default_factory=dict)
    begun_s: float = 0.0  # of the connection's events
    event: asyncio.TimerHandle | None = None
    shadows_n: int = 0


class Air(link.LocalLink):
    """`seed`: of `loss` and `copies`. Ways are known by the peripheral's address."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._random = random.Random(seed)
        self._ends: list[
            bumble_controller.Controller
        ] = []  # bumble keeps a set: its order would differ from run to run
        self._ways: dict[str, Way] = {}
        self.central: bumble_controller.Controller | None = None

    def way(self, address: hci.Address | str) -> Way:
        """The air to that peripheral."""
        return self._ways.setdefault(str(address), Way())

    # ------------------------------------------------------------------ what people and walls do

    def darken(self, address: hci.Address | str, seconds: float | None = None) -> None:
        """Nothing gets through any more, for so long or until `lighten`. It is also how a device is absent."""
        way, loop = self.way(address), asyncio.get_running_loop()
        way.shadow = True
        way.shadows_n += 1
        number = way.shadows_n

        def if_still(act: Callable[[hci.Address | str], None]) -> None:
            if way.shadow and way.shadows_n == number:
                act(address)

        loop.call_later(way.supervision_s, if_still, self.lose)
        if seconds is not None:
            loop.call_later(seconds, if_still, self.lighten)

    def lighten(self, address: hci.Address | str) -> None:
        """What waited comes in the next connection events."""
        way = self.way(address)
        way.shadow = False
        self._plan(way)

    def lose(self, address: hci.Address | str) -> None:
        """Whoever still believes in the connection learns that it timed out (0x08)."""
        name = str(address)
        for end in self._ends:
            for connection in list(end.le_connections.values()):
                if name in (str(connection.self_address), str(connection.peer_address)):
                    end.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    # ------------------------------------------------------------------ bumble's link

    def add_controller(self, controller: bumble_controller.Controller) -> None:
        super().add_controller(controller)
        self._ends.append(controller)

    def find_le_controller(self, address: hci.Address) -> bumble_controller.Controller | None:
        return next((end for end in self._ends if end.random_address == address), None)

    def send_advertising_pdu(self, sender_controller: bumble_controller.Controller, packet: ll.AdvertisingPdu) -> None:
        assert isinstance(packet, ll.AdvInd | ll.AdvExtInd | ll.ConnectInd)
        if self._way_of(sender_controller, packet.advertiser_address).shadow:
            return
        for end in self._ends:
            if end is not sender_controller and (
                end.le_scan_enable or end.pending_le_connection or self._is_for(end, packet)
            ):
                asyncio.get_running_loop().call_soon(end.on_ll_advertising_pdu, packet)

    @staticmethod
    def _is_for(end: bumble_controller.Controller, packet: ll.AdvertisingPdu) -> bool:
        return isinstance(packet, ll.ConnectInd) and packet.advertiser_address == end.random_address

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        end = self.find_le_controller(receiver_address)
        if end is None or sender_address not in end.le_connections:
            return  # it has hung up meanwhile
        other = sender_address if end is self.central else receiver_address
        if not self.way(other).shadow:
            super().send_ll_control_pdu(sender_address, receiver_address, packet)

    def send_acl_data(
        self,
        sender_controller: bumble_controller.Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        way = self._way_of(sender_controller, destination_address)
        queue = way.waiting.setdefault(sender_controller, deque())
        notifies = data[OPCODE_AT : OPCODE_AT + 1] == bytes([NOTIFICATION])
        if notifies and ((way.queue_n is not None and len(queue) >= way.queue_n) or self._random.random() < way.loss):
            way.dropped_n += 1
            return
        for _ in range(2 if notifies and self._random.random() < way.copies else 1):
            queue.append((sender_controller, destination_address, data))
        self._plan(way)

    def _way_of(self, sender: bumble_controller.Controller, other: hci.Address) -> Way:
        return self.way(other if sender is self.central else sender.random_address)

    # ------------------------------------------------------------------ connection events

    def _plan(self, way: Way) -> None:
        """The next connection event, when there is something to carry."""
        if way.event is not None or way.shadow or not any(way.waiting.values()):
            return
        loop = asyncio.get_running_loop()
        wait_s = 0.0
        if way.interval_s:
            since_s = loop.time() - way.begun_s
            wait_s = (int(since_s / way.interval_s + EDGE) + 1) * way.interval_s - since_s
        way.event = loop.call_later(wait_s, self._carry, way)

    def _carry(self, way: Way) -> None:
        way.event = None
        if way.shadow:
            return
        for queue in way.waiting.values():
            for _ in range(min(len(queue), way.per_event if way.interval_s else len(queue))):
                sender, destination, data = queue.popleft()
                super().send_acl_data(sender, destination, PhysicalTransport.LE, data)
        self._plan(way)

    def begun(self, address: hci.Address) -> None:
        """A connection with that peripheral: its events count from here."""
        self.way(address).begun_s = asyncio.get_running_loop().time()

    def ended(self, end: bumble_controller.Controller, peer: hci.Address) -> None:
        """One end gave up the connection: what it had not sent is gone."""
        self._way_of(end, peer).waiting.pop(end, None)


class Controller(bumble_controller.Controller):
    """bumble's, with longer packets, a connect that can be cancelled, and word to the air when a connection ends."""

    le_acl_data_packet_length = ACL_N  # bumble's 27 makes ten fragments of one notification
    supported_max_tx_octets = ACL_N
    supported_max_rx_octets = ACL_N

    def __init__(self, name: str, air: Air) -> None:
        super().__init__(name, link=air)
        self._air = air

    def cancel_connect(self) -> None:
        """Give up a connect that waits for its peer; nothing when none does."""
        waiting, self.pending_le_connection = self.pending_le_connection, None
        if waiting is None:
            return
        answer: Any = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=hci.Role.CENTRAL,
            peer_address_type=waiting.peer_address.address_type,
            peer_address=waiting.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        self.send_hci_packet(answer)

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """bumble 0.0.236 says success and does nothing."""
        asyncio.get_running_loop().call_soon(self.cancel_connect)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def create_le_connection(self, peer_address: hci.Address) -> None:
        super().create_le_connection(peer_address)
        self._air.begun(peer_address)

    def on_le_disconnected(self, connection: bumble_controller.Connection, reason: int) -> None:
        super().on_le_disconnected(connection, reason)
        self._air.ended(self, connection.peer_address)
