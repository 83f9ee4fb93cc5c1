#!/usr/bin/env bash
# What labs that have ended left behind, seen from outside our programs. Reads one question a line,
# `<lab number> <data folder> <pid>...`, and answers it with lines that end with an empty one: a socket that still has an
# address of the lab (TIME-WAIT is the kernel's own), a file of its data that a process still holds, and how many descriptors
# each process has: `descriptors <pid> <number>`.
#
# One process answers all questions: a runner that forks while it works would hand its sockets to the child for a moment.
#
#   echo "1 /tmp/mra-lab-1 $$" | lab/left-behind/left-behind.sh
set -euo pipefail

while read -r lab data pids; do
  near="( src 127.$lab.0.0/16 or dst 127.$lab.0.0/16 )"
  # With names of processes (-p) it takes much longer: only where there is something to name.
  [ -z "$(ss -tuanH exclude time-wait "$near")" ] || ss -tuanpH exclude time-wait "$near"

  declare -A descriptors=()
  folders=()
  for pid in $pids; do folders+=("/proc/$pid/fd"); done
  while read -r folder target; do
    pid=${folder#/proc/} pid=${pid%/fd}
    descriptors[$pid]=$((${descriptors[$pid]:-0} + 1))
    case $target in "$data"/*) echo "file $pid $target" ;; esac
  done < <([ -z "$pids" ] || find "${folders[@]}" -mindepth 1 -printf '%h %l\n' 2>/dev/null)
  for pid in "${!descriptors[@]}"; do echo "descriptors $pid ${descriptors[$pid]}"; done
  echo
done
