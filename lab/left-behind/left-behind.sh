#!/usr/bin/env bash
# What a lab that has ended left behind, seen from outside our programs. One line each for a socket that still has an
# address of the lab (TIME-WAIT is the kernel's own) and for a file of its data that a process still holds; behind them
# how many descriptors each process has: `descriptors <pid> <number>`.
#
#   lab/left-behind/left-behind.sh <lab number> <data folder> <pid>...
set -euo pipefail
lab=$1 data=$2
shift 2

near="( src 127.$lab.0.0/16 or dst 127.$lab.0.0/16 )"
# With names of processes (-p) it takes much longer: only where there is something to name.
[ -z "$(ss -tuanH exclude time-wait "$near")" ] || ss -tuanpH exclude time-wait "$near"

declare -A descriptors
folders=("${@/#//proc/}")
folders=("${folders[@]/%//fd}")
while read -r folder target; do
  pid=${folder#/proc/} pid=${pid%/fd}
  descriptors[$pid]=$((${descriptors[$pid]:-0} + 1))
  case $target in "$data"/*) echo "file $pid $target" ;; esac
done < <(find "${folders[@]}" -mindepth 1 -printf '%h %l\n' 2>/dev/null)
for pid in "${!descriptors[@]}"; do echo "descriptors $pid ${descriptors[$pid]}"; done
