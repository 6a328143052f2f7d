import subprocess
import sys
import time
from pathlib import Path

from config.launch.process_sets import whole
from config.launch.supervision import Places, Supervised


def test_whether_a_supervisor_ended_is_asked_without_a_lock():
    """A Ctrl-C between taking the lock of `Popen.poll` and giving it back leaves it taken: then `stop` waited for ever."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    nowhere = Path("/nowhere")
    supervised = Supervised(whole(port=1)[0], Places(nowhere, nowhere, None), process)
    with process._waitpid_lock:
        assert not supervised.has_ended
        process.stdin.close()
        deadline = time.monotonic() + 20
        while not supervised.has_ended and time.monotonic() < deadline:
            time.sleep(0.01)
        assert supervised.has_ended
    supervised.stop()
    assert process.returncode is not None
    assert supervised.has_ended
