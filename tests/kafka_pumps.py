#!/usr/bin/env python3
"""The service's ways from and to Kafka (src/server/kafka_pumps_test.cc) on a real broker, which is killed and comes back. Skipped where
Kafka's packages cannot be had."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(sys.argv[1]).resolve().parent / "server_test"
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="kafka-pumps-"))


def broker(action):
    return subprocess.run([ROOT / "scripts/kafka", action, FOLDER / "broker"], stdout=subprocess.PIPE, text=True, timeout=300)


try:
    started = broker("start")
    if started.returncode:
        print("kafka_pumps: skipped, no broker to test with (see above)")
        sys.exit(started.returncode)
    environment = {**os.environ, "LW_KAFKA": started.stdout.strip(), "LW_KAFKA_FOLDER": str(FOLDER / "broker")}
    sys.exit(subprocess.run([PROGRAM, "--gtest_filter=KafkaPumps.*"], env=environment, timeout=550).returncode)
finally:
    broker("kill")
    shutil.rmtree(FOLDER, ignore_errors=True)
