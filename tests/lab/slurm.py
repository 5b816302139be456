#!/usr/bin/env python3
"""slurm.py BUILD_DIR - a scan as a job array of a real Slurm: a node dies, its task is requeued, shards are merged.

Starts slurmctld and four slurmd on loopback, submits with datasets/cluster/submit, kills a node with everything on it
in the middle, and compares all records and the merged report with those of a single run. By hand with -n 200000.
"""
import argparse
import glob
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from robust import VOLATILE_TABLES, differences, steady  # noqa: E402
from scale import Count, start_labnet, write_names  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLUSTER = os.path.join(ROOT, "datasets", "cluster")
NODES = 4
PATIENCE_S = 300
CONFIGURATION = """
ClusterName=lab
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CredType=cred/none
AuthInfo=cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SlurmdTimeout=5
KillWait=5
MpiDefault=none
JobRequeue=1
SchedulerParameters=batch_sched_delay=0,sched_interval=1
RequeueExit=99
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/controller.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/controller.log
SlurmdLogFile={folder}/%n.log
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
"""


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Cluster:
    """A controller and some nodes, all on this machine."""

    def __init__(self, folder):
        self.folder = folder
        self.host = socket.gethostname()
        controller, *nodes = free_ports(1 + NODES)
        path = os.path.join(folder, "slurm.conf")
        with open(path, "w", encoding="utf-8") as out:
            out.write(CONFIGURATION.format(host=self.host, controller=controller, folder=folder))
            for i, port in enumerate(nodes, 1):
                # Each is said to have two processors, so that it has room for one task.
                out.write(f"NodeName=n{i} NodeHostname={self.host} NodeAddr=127.0.0.1 Port={port} CPUs=2 "
                          "RealMemory=2048 State=UNKNOWN\n")
            out.write(f"PartitionName=scan Nodes=n[1-{NODES}] Default=YES MaxTime=INFINITE State=UP\n")
        self.environment = {**os.environ, "SLURM_CONF": path}
        os.mkdir(os.path.join(folder, "state"))
        self.processes = {"controller": self.daemon("slurmctld", "-D", "-c")}
        for i in range(1, NODES + 1):
            os.mkdir(os.path.join(folder, f"spool-n{i}"))
            self.start_node(f"n{i}")

    def daemon(self, *command):
        with open(os.path.join(self.folder, "daemons.log"), "ab") as log:
            return subprocess.Popen(command, env=self.environment, stdout=log, stderr=log,
                                    stdin=subprocess.DEVNULL)

    def start_node(self, node):
        # cgroups are for nodes that own their machine; -N tells which of the nodes on this one it is.
        self.processes[node] = self.daemon("slurmd", "-D", "-N", node)

    def run(self, *command, **more):
        done = subprocess.run(command, env={**self.environment, **more}, cwd=self.folder, capture_output=True,
                              text=True, timeout=60, check=False)
        if done.returncode:
            raise RuntimeError(f"{command}: {done.returncode}: {done.stderr}{done.stdout}")
        return done.stdout

    def idle_nodes(self):
        try:
            return int(self.run("sinfo", "--noheader", "--states=idle", "--format=%D").strip() or 0)
        except RuntimeError:
            return 0  # the controller is not there yet

    def tasks(self):
        """(job and task, state, node) of everything that is queued or running."""
        lines = self.run("squeue", "--noheader", "--array", "--format=%i|%T|%N").split()
        return [line.split("|") for line in lines]

    def of_node(self, node):
        """Processes of a node: the daemon's, and of each job there the step's daemon, its script and all below it."""
        spool = os.path.join(self.folder, f"spool-{node}") + "/"
        parents, of_job = {}, set()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
                    parents[int(pid)] = int(stat.read().rpartition(")")[2].split()[1])
                with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as command:
                    if spool in command.read():
                        of_job.add(int(pid))
            except OSError:
                continue
        found = set(of_job)
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found | {parents[pid] for pid in of_job if parents[pid] > 1}

    def kill_node(self, node):
        """As when its power fails. What it had on its own disk is gone, what it wrote to the shared one is not."""
        self.processes[node].kill()
        of_node = self.of_node(node)
        # All are stopped before the first dies: else the step's daemon may live to report that its script failed.
        for signal_number in signal.SIGSTOP, signal.SIGKILL:
            for pid in of_node:
                try:
                    os.kill(pid, signal_number)
                except ProcessLookupError:
                    pass
        self.processes.pop(node).wait()

    def stop(self):
        for node in [n for n in self.processes if n != "controller"]:
            self.kill_node(node)
        self.processes["controller"].terminate()
        self.processes["controller"].wait()


def wait_for(what, condition, seconds=PATIENCE_S):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.2)
    raise RuntimeError(f"waited {seconds} s for {what}")


def records_of(runs):
    """Records by line, and how many there were."""
    records, n = {}, 0
    for run in runs:
        text = subprocess.run(["zstdcat", os.path.join(run, "results.ndjson.zst")], capture_output=True,
                              check=True).stdout
        for line in text.splitlines():
            record = steady(json.loads(line))
            records[record["line"]] = record
            n += 1
    return records, n


def tables_of(run):
    with open(os.path.join(run, "report.json"), encoding="utf-8") as report:
        tables = json.load(report)["tables"]
    del tables["distinct"]["rows"]["certificates"]
    return {k: v for k, v in tables.items() if k not in VOLATILE_TABLES}


def scan_options(ready):
    return ["-r", ready["dns"], "--https-port", ready["https"], "--ca-file", ready["ca"], "--allow-net",
            "127.0.0.0/8", "--allow-net", "::1/128", "--workers", "1", "--timeout-dns", "3", "--timeout-fetch",
            "10", "--seed", "1"]


def submit(cluster, program, options, names, final, ready):
    # The rate makes each task last for some seconds, so that a node can die in the middle of one.
    rate = str(max(400, 3 * options.names // options.shards // options.seconds))
    return cluster.run(os.path.join(CLUSTER, "submit"), str(options.shards), names, final, *scan_options(ready),
                       "--dns-rate", rate, MTASWEEP=program)


def task_with_records(cluster, final, but=None):
    """(task, node, shard) of one that is in the middle of its shard."""
    def victim():
        for task, state, node in cluster.tasks():
            shard = task.rpartition("_")[2]
            for results in glob.glob(os.path.join(final, "unfinished", f"shard-{shard}-of-*", "results.ndjson.zst")):
                if state == "RUNNING" and shard != but and os.path.getsize(results) > 1000:
                    return task, node, shard
        return None
    return wait_for("a task that has records", victim)


def signal_a_task(cluster, count, final):
    """As the time limit does: the batch script alone is told."""
    task, _, shard = task_with_records(cluster, final)
    cluster.run("scancel", "--batch", "--signal=TERM", task)
    wait_for("the signalled task to leave", lambda: not any(
        t.endswith(f"_{shard}") and state == "RUNNING" for t, state, _ in cluster.tasks()), 60)
    count.check("a task that is told to stop goes back into the queue",
                not any(t.endswith(f"_{shard}") for t, _, _ in cluster.tasks()) and f"{cluster.tasks()}")
    return shard


def logs_of(cluster):
    text = ""
    for name in sorted(os.listdir(cluster.folder)):
        if name.startswith("mtasweep-"):
            with open(os.path.join(cluster.folder, name), encoding="utf-8", errors="replace") as log:
                text += f"--- {name}\n{log.read()[-2000:]}"
    return text


def situation(cluster, count, program, options, names, ready):
    final = os.path.join(cluster.folder, "final")
    wait_for("all nodes", lambda: cluster.idle_nodes() == NODES, 60)
    print(submit(cluster, program, options, names, final, ready).strip())
    signalled = signal_a_task(cluster, count, final)
    _, node, shard = task_with_records(cluster, final, signalled)
    cluster.kill_node(node)
    print(f"killed {node} with shard {shard} half done")
    wait_for("the requeue", lambda: not any(task.endswith(f"_{shard}") and n == node
                                            for task, _, n in cluster.tasks()))
    cluster.start_node(node)  # somebody repaired it
    wait_for("the end of all tasks", lambda: not cluster.tasks())
    there = sorted(n for n in os.listdir(final) if n.startswith("shard-"))
    wanted = [f"shard-{k}-of-{options.shards}" for k in range(1, options.shards + 1)]
    count.check("every shard is there, under its final name", there != wanted and f"{there}\n{logs_of(cluster)}")
    count.check("nothing unfinished is left", os.path.exists(os.path.join(final, "unfinished")))
    for what, k in (("killed", shard), ("signalled", signalled)):
        with open(os.path.join(final, f"shard-{k}-of-{options.shards}", "run.json"), encoding="utf-8") as info:
            count.check(f"the {what} task was resumed, not begun anew",
                        "--resume" not in json.load(info)["command"] and "no --resume in run.json")
    return final, [os.path.join(final, n) for n in wanted]


def compare(count, program, names, ready, folder, final, shards):
    single = os.path.join(folder, "single")
    done = subprocess.run([program, "scan", names, "-o", single, *scan_options(ready), "--progress", "none"],
                          capture_output=True, text=True, timeout=600, check=False)
    count.check("a single run of the same list", done.returncode and done.stderr)
    wanted, n_wanted = records_of([single])
    seen, n_seen = records_of(shards)
    count.check(f"{n_wanted} records, each once", (n_seen, len(seen)) != (n_wanted, n_wanted) and f"{n_seen}, {len(seen)}")
    different = [line for line in wanted if seen.get(line) != wanted[line]]
    count.check("the union of the shards' records is the single run's", different and
                f"{len(different)} differ, line {different[0]}: {differences(wanted[different[0]], seen.get(different[0]))}")
    count.check("the merged report is the single run's",
                ", ".join(differences(tables_of(single), tables_of(os.path.join(final, "merged")))))


def again(cluster, count, program, options, names, final, ready):
    submit(cluster, program, options, names, final, ready)
    before = {n: os.stat(os.path.join(final, n, "results.ndjson.zst")).st_mtime_ns
              for n in os.listdir(final) if n.startswith("shard-")}
    wait_for("the end of the second submission", lambda: not cluster.tasks())
    after = {n: os.stat(os.path.join(final, n, "results.ndjson.zst")).st_mtime_ns
             for n in os.listdir(final) if n.startswith("shard-")}
    count.check("submitted again, complete shards are left alone", before != after and "they changed")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=20000)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=5, help="that a task lasts, about")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.labnet, options.file = "", None
    program = os.path.join(os.path.abspath(options.build), "scanner", "mtasweep")
    labnet = os.path.join(os.path.abspath(options.build), "datasets", "labnet")
    if os.getuid() != 0:
        print("skip: Slurm's daemons run as root here")
        sys.exit(77)
    count = Count()
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder:
        server, ready = start_labnet(labnet, options, folder)
        cluster = Cluster(folder)
        try:
            names = os.path.join(folder, "names.txt")
            write_names(labnet, options, names)
            final, shards = situation(cluster, count, program, options, names, ready)
            compare(count, program, names, ready, folder, final, shards)
            again(cluster, count, program, options, names, final, ready)
        except RuntimeError as error:
            count.check("the cluster", f"{error}\n{logs_of(cluster)}")
        finally:
            cluster.stop()
            server.terminate()
            server.wait()
    print(f"{count.passed} passed, {count.failed} failed")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
