import type { WallClock } from '#runtime/clock.ts'
import { HostWallClock } from '#runtime/clock.ts'
import type { LogRecord } from '#runtime/log.ts'
import { Log } from '#runtime/log.ts'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import type { TraceLevel } from '#runtime/trace.ts'
import { silentTraceSink, Trace } from '#runtime/trace.ts'
import { VcsLog } from './vcs-log.ts'

/** A VCS that only logs: its log goes through a `VcsLog` into `written`; its clock stands at 2015-01-05 10:00:02.123. */
export function loggingVcs({ traceLevel = 'messages', most }: { traceLevel?: TraceLevel; most?: number } = {}) {
  const monotonic = new ManualClock()
  const wall: WallClock = new HostWallClock(monotonic, new Date('2015-01-05T10:00:02.123Z'))
  const written: LogRecord[] = []
  const vcsLog = new VcsLog({ wall, ...(most === undefined ? {} : { most }) })
  const log = new Log({
    sink: (record) => void written.push(record),
    clock: wall,
    host: 'vcse1',
    module: 'system',
  }).through(vcsLog)
  const trace = new Trace({ host: 'vcse1', level: traceLevel, clocks: { monotonic, wall }, sink: silentTraceSink })
  return { monotonic, wall, written, vcsLog, log, trace }
}
