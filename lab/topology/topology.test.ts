import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseTopology, readTopology } from './topology.ts'

const host = (role: string, more: object = {}) => ({
  role,
  place: role === 'expressway' ? 'dmz' : 'inside',
  number: 10,
  ...more,
})

function problemsOf(hosts: Record<string, object>, users: readonly object[] = []): string {
  try {
    parseTopology('test', { name: 'test', title: 'a test', domain: 'example.com', hosts, users })
  } catch (error) {
    return (error as Error).message
  }
  return 'none'
}

describe('the topologies of the lab', () => {
  const names = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.yaml'))

  it.each(names)('%s has everything it names', (file) => {
    const name = file.replace(/\.yaml$/, '')
    expect(readTopology(name).name).toBe(name)
  })

  it.each(names)('%s gives every place an address once', (file) => {
    const { hosts, users, devices } = readTopology(file.replace(/\.yaml$/, ''))
    const places = [...Object.values(hosts), ...users, ...devices].map(({ place, number }) => `${place} ${number}`)
    expect(places.filter((each, index) => places.indexOf(each) !== index)).toEqual([])
  })
})

describe('a cluster of VCSs', () => {
  it('has peers of one role in one place', () => {
    const peers = { vcsc1: host('control', { cluster: 'vcs' }), vcse1: host('expressway', { cluster: 'vcs' }) }
    expect(problemsOf(peers)).toContain('hosts.vcse1.cluster: vcs is a cluster of the role control, not expressway')
    const places = {
      vcse1: host('expressway', { cluster: 'vcse' }),
      vcse2: host('expressway', { cluster: 'vcse', place: 'inside' }),
    }
    expect(problemsOf(places)).toContain('hosts.vcse2.cluster: vcse stands in the place dmz, not inside')
  })

  it('is of VCSs only', () => {
    expect(problemsOf({ cucm1: host('cucm', { cluster: 'cucm' }) })).toContain('hosts.cucm1.cluster: a cucm is no VCS')
  })

  it('has six peers at most, and a name of its own', () => {
    const seven = Object.fromEntries(
      [1, 2, 3, 4, 5, 6, 7].map((n) => [`vcsc${n}`, host('control', { cluster: 'vcsc' })]),
    )
    expect(problemsOf(seven)).toBe('topology test: hosts.vcsc7.cluster: vcsc has 7 peers, 6 at most')
    const own = { vcsc1: host('control', { cluster: 'vcsc1' }) }
    expect(problemsOf(own)).toContain("hosts.vcsc1.cluster: vcsc1 is a host's name already")
  })
})

describe('the Expressways of a Control', () => {
  const two = { vcse1: host('expressway'), vcse2: host('expressway', { cluster: 'vcse' }) }

  it('are named where there are several', () => {
    expect(problemsOf({ ...two, vcsc1: host('control') })).toContain(
      'hosts.vcsc1.expressways: is missing: one of vcse1, vcse',
    )
    expect(problemsOf({ ...two, vcsc1: host('control', { expressways: 'vcse' }) })).toBe('none')
  })

  it('exist', () => {
    expect(problemsOf({ ...two, vcsc1: host('control', { expressways: 'vcse9' }) })).toContain('there is no vcse9')
  })

  it('are the same for all peers of a cluster', () => {
    const vcsc1 = host('control', { cluster: 'vcsc', expressways: 'vcse' })
    const vcsc2 = host('control', { cluster: 'vcsc', expressways: 'vcse1' })
    expect(problemsOf({ ...two, vcsc1, vcsc2 })).toContain('differs from that of vcsc2 in the same cluster')
  })
})

describe('names in a topology', () => {
  it('are of somebody', () => {
    expect(problemsOf({ cucm2: host('cucm', { publisher: 'cucm1' }) })).toContain(
      'cucm1 is no publisher of the role cucm',
    )
    const serving = { imp1: host('imp', { serves: 'cucm9' }) }
    expect(problemsOf(serving)).toContain('only an IM&P publisher serves the users of a Unified CM publisher')
    const user = {
      id: 'a',
      name: 'A',
      client: 'jabber',
      place: 'inside',
      number: 1,
      line: '1',
      device: 'D',
      home: 'cucm9',
    }
    expect(problemsOf({}, [user])).toContain('users.0.home: a: cucm9 is no Unified CM publisher')
  })
})
