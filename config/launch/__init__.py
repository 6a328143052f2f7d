"""
Bring the whole house up, in one console or in one container, from one description of its processes.

A `ProcessSet` is data: a name, the programs it runs (all of docker/supervisord.conf) and what its
environment adds. One set is the usual house; two sets are the house with a context carried out.

    with launch(base_dir) as running:
        running.addresses["main"]        # http://127.0.0.1:8000
        running.wait()
"""

from config.launch.console import run
from config.launch.errors import LaunchError
from config.launch.launcher import Running, launch
from config.launch.process_sets import ProcessSet, carried_out, whole

__all__ = ["LaunchError", "ProcessSet", "Running", "carried_out", "launch", "run", "whole"]
