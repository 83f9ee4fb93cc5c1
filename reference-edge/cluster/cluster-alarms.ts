import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import type { AlarmId } from '../alarms/alarm-catalogue.ts'
import type { ClusterProblem } from './membership.ts'

const alarmOf = { configuration: 20003, communication: 20004 } as const satisfies Record<
  ClusterProblem['kind'],
  AlarmId
>
const replicationAlarm: AlarmId = 20009

interface RaisedAlarm {
  readonly id: AlarmId
  readonly detail: string
}

/** Raises an alarm for each thing that is wrong with the cluster, and lowers it when it no longer is. */
export class ClusterAlarms {
  readonly #alarms: AlarmPanel
  #raised: readonly RaisedAlarm[] = []

  constructor(alarms: AlarmPanel) {
    this.#alarms = alarms
  }

  judge(problems: readonly ClusterProblem[], replicationFailures: readonly string[]): void {
    const wrong: RaisedAlarm[] = [
      ...problems.map(({ kind, says }) => ({ id: alarmOf[kind], detail: says })),
      ...replicationFailures.map((detail) => ({ id: replicationAlarm, detail })),
    ]
    for (const { id, detail } of this.#raised) {
      if (!wrong.some((each) => each.id === id && each.detail === detail)) this.#alarms.set(id, false, detail)
    }
    for (const { id, detail } of wrong) this.#alarms.set(id, true, detail)
    this.#raised = wrong
  }
}
