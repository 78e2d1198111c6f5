"""A long cable between two hosts: what goes in at one end comes out at the other so much later, or never.

    cable.py CLIENT_PID SERVER_PID DELAY_MS LOSS_PERCENT SEED

Makes a TAP device eth0 in the network namespace of each process, and carries frames between the two until it is
ended. Each frame is delayed by DELAY_MS; of those that carry TCP, LOSS_PERCENT are lost, chosen by a generator that
begins with SEED: the same frames, the same losses. Frames keep their order. (The kernel's netem does the same, where
it is there.)
"""
import collections
import ctypes
import fcntl
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
TAP_WITHOUT_HEADER = 0x1002  # IFF_TAP | IFF_NO_PI
NET_NAMESPACE = 0x40000000  # CLONE_NEWNET


def tap_in(pid):
    libc = ctypes.CDLL(None, use_errno=True)
    namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    if libc.setns(namespace, NET_NAMESPACE) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"eth0", TAP_WITHOUT_HEADER))
    os.close(namespace)
    return tap


def is_tcp(frame):
    return len(frame) > 23 and frame[12:14] == b"\x08\x00" and frame[23] == 6


def main():
    client, server, delay_ms, loss_percent, seed = sys.argv[1:]
    ends = [tap_in(client), tap_in(server)]
    delay = float(delay_ms) / 1000
    chance = random.Random(int(seed))
    loss = float(loss_percent) / 100
    on_the_way = collections.deque()  # (when it arrives, at which end, frame)
    print("up", flush=True)
    while True:
        wait = max(0, on_the_way[0][0] - time.monotonic()) if on_the_way else None
        readable, _, _ = select.select(ends, [], [], wait)
        for end in readable:
            frame = os.read(end, 65536)
            if is_tcp(frame) and chance.random() < loss:
                continue
            on_the_way.append((time.monotonic() + delay, ends[1 - ends.index(end)], frame))
        while on_the_way and on_the_way[0][0] <= time.monotonic():
            _, end, frame = on_the_way.popleft()
            try:
                os.write(end, frame)
            except OSError:
                pass  # the device is not up (yet)


main()
