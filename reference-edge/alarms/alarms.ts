import type { WallClock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { Random } from '#runtime/random.ts'
import type { AlarmDescription, AlarmId, AlarmSeverity } from './alarm-catalogue.ts'
import { alarmCatalogue } from './alarm-catalogue.ts'
import type { AlarmPanel } from './alarm-panel.ts'

export type AlarmState = 'Raised' | 'Acknowledged' | 'Lowered'

/** A row of Status > Alarms; times are the host's own, ISO 8601. */
export interface Alarm {
  readonly uuid: string
  readonly id: AlarmId
  readonly title: string
  readonly description: string
  /** Which case of it: a file, a zone, a server. */
  readonly detail?: string
  readonly severity: AlarmSeverity
  readonly action: string
  /** Menu path of the page where it is mended. */
  readonly page?: string
  readonly state: AlarmState
  readonly firstRaised: string
  readonly lastRaised: string
  /** How often it went from lowered to raised. */
  readonly count: number
}

export interface AlarmsOptions {
  readonly wall: WallClock
  readonly random: Random
  readonly log: Log
  /** Default 500; the one lowered longest gives way, and where all are raised the one raised longest. */
  readonly most?: number
}

/** The alarms of a VCS since its start. */
export class Alarms implements AlarmPanel {
  readonly #options: AlarmsOptions
  /** By id and detail, in the order in which they last changed. */
  readonly #alarms = new Map<string, Alarm>()

  constructor(options: AlarmsOptions) {
    this.#options = options
  }

  set(id: AlarmId, isRaised: boolean, detail?: string): void {
    if (isRaised) return this.#raise(id, detail)
    for (const [key, alarm] of [...this.#alarms]) {
      if (alarm.id === id && (detail === undefined || alarm.detail === detail)) this.#lower(key, alarm)
    }
  }

  /** The Acknowledge button; false where no raised alarm has that UUID. */
  acknowledge(uuid: string): boolean {
    for (const [key, alarm] of this.#alarms) {
      if (alarm.uuid !== uuid || alarm.state !== 'Raised') continue
      this.#alarms.set(key, { ...alarm, state: 'Acknowledged' })
      this.#log('Alarm acknowledged', alarm)
      return true
    }
    return false
  }

  /** Raised and acknowledged ones, the last raised first. */
  list(): readonly Alarm[] {
    return this.all().filter(({ state }) => state !== 'Lowered')
  }

  /** With those that were lowered since. */
  all(): readonly Alarm[] {
    return [...this.#alarms.values()].toSorted((one, other) => other.lastRaised.localeCompare(one.lastRaised))
  }

  #raise(id: AlarmId, detail: string | undefined): void {
    const key = JSON.stringify([id, detail])
    const before = this.#alarms.get(key)
    if (before !== undefined && before.state !== 'Lowered') return
    const { wall, random, most = 500 } = this.#options
    const now = wall.now().toISOString()
    const alarm: Alarm = {
      uuid: before?.uuid ?? random.uuid(),
      id,
      ...describe(id),
      ...(detail === undefined ? {} : { detail }),
      state: 'Raised',
      firstRaised: before?.firstRaised ?? now,
      lastRaised: now,
      count: (before?.count ?? 0) + 1,
    }
    this.#put(key, alarm)
    this.#log('Alarm raised', alarm)
    if (this.#alarms.size > most) this.#giveWay()
  }

  #lower(key: string, alarm: Alarm): void {
    if (alarm.state === 'Lowered') return
    this.#put(key, { ...alarm, state: 'Lowered' })
    this.#log('Alarm lowered', alarm)
  }

  #put(key: string, alarm: Alarm): void {
    this.#alarms.delete(key)
    this.#alarms.set(key, alarm)
  }

  #giveWay(): void {
    const [oldest] = this.#alarms.keys()
    const lowered = [...this.#alarms].find(([, { state }]) => state === 'Lowered')?.[0]
    this.#alarms.delete(lowered ?? oldest!)
  }

  #log(event: string, { id, uuid, severity, title, description, detail }: Alarm): void {
    const text = `${title}: ${description}${detail === undefined ? '' : ` (${detail})`}`
    const write = event === 'Alarm raised' ? 'warn' : 'info'
    this.#options.log[write](event, { Id: id, UUID: uuid, Severity: severity, Detail: text, Level: 1 })
  }
}

/** The catalogue's words, whatever the id. */
function describe(id: AlarmId): AlarmDescription {
  return alarmCatalogue[id]
}
