import { describe, expect, test } from 'vitest'
import { HostWallClock } from '#runtime/clock.ts'
import type { LogRecord } from '#runtime/log.ts'
import { Log } from '#runtime/log.ts'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { systemRandom } from '#runtime/random.ts'
import type { AlarmDescription } from './alarm-catalogue.ts'
import { alarmCatalogue } from './alarm-catalogue.ts'
import { Alarms } from './alarms.ts'

function panel(most?: number) {
  const clock = new ManualClock()
  const wall = new HostWallClock(clock, new Date('2015-01-05T10:00:00Z'))
  const records: LogRecord[] = []
  const log = new Log({ sink: (record) => void records.push(record), clock: wall, host: 'vcse1', module: 'tvcs' })
  const alarms = new Alarms({ wall, random: systemRandom(), log, ...(most === undefined ? {} : { most }) })
  const logged = () => records.map(({ event, Id }) => `${event} ${Id as number}`)
  return { clock, alarms, records, logged }
}

describe('an alarm', () => {
  test('stands on the list with what is to be done', () => {
    const { alarms, logged } = panel()
    alarms.set(35013, true, 'vcse1.example.com')
    expect(alarms.list()).toEqual([
      expect.objectContaining({
        id: 35013,
        title: 'Unified Communications SSH tunnel failure',
        detail: 'vcse1.example.com',
        severity: 'Error',
        state: 'Raised',
        action: expect.stringContaining('2222') as string,
        page: 'Status > Unified Communications',
        firstRaised: '2015-01-05T10:00:00.000Z',
        lastRaised: '2015-01-05T10:00:00.000Z',
        count: 1,
      }),
    ])
    expect(logged()).toEqual(['Alarm raised 35013'])
  })

  test('raised again while it is raised is the same', () => {
    const { alarms, logged } = panel()
    alarms.set(25010, true)
    alarms.set(25010, true)
    expect(alarms.list()).toHaveLength(1)
    expect(alarms.list()[0]).toMatchObject({ count: 1 })
    expect(logged()).toHaveLength(1)
  })

  test('lowered leaves the list; raised once more it keeps its UUID and first time', () => {
    const { alarms, clock, logged } = panel()
    alarms.set(25021, true, 'ntp1')
    const [first] = alarms.list()
    alarms.set(25021, false, 'ntp1')
    alarms.set(25021, false, 'ntp1')
    expect(alarms.list()).toEqual([])
    expect(alarms.all()).toMatchObject([{ state: 'Lowered' }])
    clock.advance(60_000)
    alarms.set(25021, true, 'ntp1')
    expect(alarms.list()).toMatchObject([
      { uuid: first?.uuid, firstRaised: first?.firstRaised, lastRaised: '2015-01-05T10:01:00.000Z', count: 2 },
    ])
    expect(logged()).toEqual(['Alarm raised 25021', 'Alarm lowered 25021', 'Alarm raised 25021'])
  })

  test('of another case is another alarm; without a case all are lowered', () => {
    const { alarms } = panel()
    alarms.set(25021, true, 'ntp1')
    alarms.set(25021, true, 'ntp2')
    alarms.set(25022, true)
    alarms.set(25021, false, 'ntp1')
    expect(alarms.list().map(({ detail }) => detail)).toEqual(['ntp2', undefined])
    alarms.set(25021, false)
    expect(alarms.list().map(({ id }) => id)).toEqual([25022])
  })

  test('acknowledged stays on the list until it is lowered', () => {
    const { alarms, logged } = panel()
    alarms.set(25010, true)
    const { uuid } = alarms.list()[0]!
    expect(alarms.acknowledge(uuid)).toBe(true)
    expect(alarms.acknowledge(uuid)).toBe(false)
    expect(alarms.acknowledge('another')).toBe(false)
    alarms.set(25010, true)
    expect(alarms.list()).toMatchObject([{ state: 'Acknowledged', count: 1 }])
    alarms.set(25010, false)
    expect(alarms.list()).toEqual([])
    expect(logged()).toEqual(['Alarm raised 25010', 'Alarm acknowledged 25010', 'Alarm lowered 25010'])
  })
})

test('the list is bounded: lowered ones go first, then the oldest', () => {
  const { alarms } = panel(3)
  for (const zone of ['one', 'two', 'three']) alarms.set(40040, true, zone)
  alarms.set(40040, false, 'two')
  alarms.set(40040, true, 'four')
  const details = () =>
    alarms
      .all()
      .map(({ detail }) => detail)
      .toSorted()
  expect(details()).toEqual(['four', 'one', 'three'])
  alarms.set(40040, true, 'five')
  expect(details()).toEqual(['five', 'four', 'three'])
})

test.each(Object.entries<AlarmDescription>(alarmCatalogue))('alarm %s says what it is and what to do', (_id, alarm) => {
  for (const text of [alarm.title, alarm.description, alarm.action]) expect(text.trim()).toMatch(/\w/)
  expect(alarm.page ?? 'Status > Alarms').toMatch(/^\w[\w ]*( > [\w ]+)+$/)
})
